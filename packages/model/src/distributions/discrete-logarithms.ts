import { Value, apply } from '../expression/value.js'
import type { OperatorName } from '../graph/operators.js'
import { log1mOf, logOf } from './seen-through.js'

const isMadeBy = (operator: OperatorName, { node }: Value): boolean => node.op === 'elementwise' && node.operator.name === operator

/** u, if the probability was made as logistic(u): mass functions of logits are faster, and accurate where the probability is rounded to 0 or 1. */
export const logitOf = (probability: Value): Value | undefined =>
  isMadeBy('logistic', probability) ? new Value(probability.node.inputs[0]) : undefined

/** u, if x was made as exp(u). */
export const exponentOf = (x: Value): Value | undefined => (isMadeBy('exp', x) ? new Value(x.node.inputs[0]) : undefined)

/** log(x) of a probability or a rate, which may be 0. */
export function logFromZero(x: Value): Value {
  const seen = logOf(x)
  return isMadeBy('log', seen) ? apply('logFromZero', x) : seen
}

/** log(1 - x) of a probability, which may be 1. */
export function log1mToOne(x: Value): Value {
  const seen = log1mOf(x)
  return isMadeBy('log1p', seen) ? apply('log1mToOne', x) : seen
}

/** count * logProbability; 0 for a count of 0, also where the probability is 0. */
export function countTimes(count: Value, logProbability: Value): Value {
  const { node } = count
  const isCounted = node.op === 'constant' && !node.values.includes(0)
  const isFinite = !isMadeBy('logFromZero', logProbability) && !isMadeBy('log1mToOne', logProbability)
  return isCounted || (isFinite && logProbability.node.op !== 'constant')
    ? count.mul(logProbability)
    : apply('countTimesLog', count, logProbability)
}
