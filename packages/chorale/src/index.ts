// The options of the backends that come with the package, for `defineConfig`.
export type {} from '@chorale/backend-pjit'
export type {} from '@chorale/backend-workers'

export * from '@chorale/core'
export * from '@chorale/model'
export { builtins } from './builtins.js'
export { open, type OpenedRun } from './open.js'
export { run, type RunOptions } from './run.js'
