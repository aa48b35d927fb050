import { atLeast, floor, lessThan, maximum, minimum, select } from '../expression/elementary.js'
import { value, type Operand, type Value } from '../expression/value.js'
import type { Distribution } from './distribution.js'

type Tails = Required<Pick<Distribution, 'logCdf' | 'logSurvival'>>

/**
 * Distribution functions on all of the real line from what they are at whole numbers from 0 to `last - 1`: nothing is below 0, nothing above `last`. The
 * formulas are given numbers of that range alone, so that what is not chosen stays finite.
 */
export function tailsFromZero(tails: Tails, last?: Value): Tails {
  const placed = (x: Value, formula: (k: Value) => Value, below: number, above: number): Value => {
    const k = floor(x)
    const raised = maximum(k, 0)
    const inside = formula(last === undefined ? raised : minimum(raised, maximum(last.sub(1), 0)))
    const upTo = last === undefined ? inside : where(atLeast(k, last), above, inside)
    return where(lessThan(k, 0), below, upTo)
  }
  return {
    logCdf: x => placed(x, tails.logCdf, -Infinity, 0),
    logSurvival: x => placed(x, tails.logSurvival, 0, -Infinity),
  }
}

/** `select`, without a branch where the condition is known to hold nowhere. */
function where(condition: Value, chosen: Operand, otherwise: Value): Value {
  const { node } = condition
  return node.op === 'constant' && node.values.every(holds => holds === 0) ? otherwise : select(condition, value(chosen), otherwise)
}
