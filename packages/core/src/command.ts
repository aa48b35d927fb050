/** What the `chorale` command needs at its start: light, as nothing else can go on before it is loaded. */
export { formatWalltime } from './batch/walltime-text.js'
export { exitCodeOf } from './errors/codes.js'
export { formatError } from './errors/format.js'
export { loadSettings, type LoadedSettings, type LoadRequest } from './settings/load.js'
export { VERSION } from './version.js'
