import { lgamma } from '../special/index.js'
import type { Kernel } from './kernel.js'
import { logSumExpOf } from './log-sum-exp.js'
import { matchShapes } from './shape-pattern.js'

/**
 * Log mass of one category with probabilities softmax(logits): k [], logits [n] -> []. k is a number from 0 to n - 1, else -Infinity; it gets no
 * gradient.
 */
export const categoricalLogits: Kernel = {
  name: 'categoricalLogits',
  instantiate(shapes) {
    const { n } = matchShapes('categoricalLogits', shapes, [[[], ['n']]])
    return {
      shape: [],
      forward(values, out, [category, logits]) {
        const k = values[category]
        if (Number.isInteger(k) && k >= 0 && k < n) values[out] = values[logits + k] - logSumExpOf(values, logits, n)
        else values[out] = -Infinity
      },
      reverse(values, adjoints, out, [category, logits], [, logitsWanted]) {
        const k = values[category]
        if (!logitsWanted || !(Number.isInteger(k) && k >= 0 && k < n)) return
        const adjoint = adjoints[out]
        const total = logSumExpOf(values, logits, n)
        for (let j = 0; j < n; j++) adjoints[logits + j] -= adjoint * Math.exp(values[logits + j] - total)
        adjoints[logits + k] += adjoint
      },
    }
  },
}

/**
 * Log mass of counts with probabilities softmax(logits), multinomial coefficient included: counts [n], logits [n] -> []. Counts are whole numbers
 * from 0, else -Infinity; their sum is the number of trials; they get no gradient. A zero count of an impossible category (logit -Infinity) adds 0.
 */
export const multinomialLogits: Kernel = {
  name: 'multinomialLogits',
  instantiate(shapes) {
    const { n } = matchShapes('multinomialLogits', shapes, [[['n'], ['n']]])
    return {
      shape: [],
      forward(values, out, [counts, logits]) {
        const normaliser = logSumExpOf(values, logits, n)
        let trials = 0
        let sum = 0
        for (let k = 0; k < n; k++) {
          const count = values[counts + k]
          if (!(Number.isInteger(count) && count >= 0)) {
            values[out] = -Infinity
            return
          }
          trials += count
          if (count === 0) continue
          sum += count * (values[logits + k] - normaliser) - (count === 1 ? 0 : lgamma(count + 1))
        }
        values[out] = lgamma(trials + 1) + sum
      },
      reverse(values, adjoints, out, [counts, logits], [, logitsWanted]) {
        if (!logitsWanted) return
        const adjoint = adjoints[out]
        const normaliser = logSumExpOf(values, logits, n)
        let trials = 0
        for (let k = 0; k < n; k++) trials += values[counts + k]
        for (let k = 0; k < n; k++)
          adjoints[logits + k] += adjoint * (values[counts + k] - trials * Math.exp(values[logits + k] - normaliser))
      },
    }
  },
}
