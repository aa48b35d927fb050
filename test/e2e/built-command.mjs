/** The built command as a function. */
export { main } from '../../packages/cli/dist/index.js'
export { builtins } from '../../packages/chorale/dist/builtins.js'
