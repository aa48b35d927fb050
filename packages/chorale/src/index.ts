export * from '@chorale/core'
export * from '@chorale/model'
export { builtins } from './builtins.js'
export { run, type RunOptions } from './run.js'
