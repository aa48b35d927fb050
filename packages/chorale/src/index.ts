export * from '@chorale/core'
export { builtins } from './builtins.js'
export { run, type RunOptions } from './run.js'
