/** What the `chorale` command needs at its start: light, as nothing else can go on before it is loaded. */
export { formatWalltime } from './batch/walltime-text.js'
export { exitCodeOf } from './errors/codes.js'
export { formatError } from './errors/format.js'
export { settingsToJson } from './settings/record.js'
export { parseSize } from './settings/size.js'
import type { LoadedSettings, LoadRequest } from './settings/load.js'

export type { LoadedSettings, LoadRequest }

/** `loadSettings`, which most commands do not need. */
export const loadSettings = async (request: LoadRequest): Promise<LoadedSettings> =>
  (await import('./settings/load.js')).loadSettings(request)
