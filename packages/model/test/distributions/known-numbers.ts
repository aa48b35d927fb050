import type { Numbers } from '../../src/distributions/distribution.js'
import { literalOf } from '../../src/graph/build.js'

/** Numbers of distributions whose arguments are all constants. */
export const knownNumbers: Numbers = {
  of: argument => {
    const number = literalOf(argument.node)
    if (number === undefined) throw new Error('an argument is not a constant number')
    return number
  },
  array: argument => {
    if (argument.node.op !== 'constant') throw new Error('an argument is not constant')
    return argument.node.values
  },
}
