import type { RandomStream } from '@chorale/random'

import { equals, lgamma, log, select } from '../expression/elementary.js'
import { logSumExp } from '../expression/linear-algebra.js'
import { value, type Operand, type Value } from '../expression/value.js'
import { vector } from '../supports/supports.js'
import { drawBinomial } from './discrete-variates.js'
import type { Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { vectorOf } from './multivariate-arguments.js'

/**
 * Multinomial distribution of counts [K] of `trials` independent draws among K categories. `probabilities`: a vector [K] that sums to 1. Counts with
 * another total have probability zero. Throws CHORALE_MODEL_SHAPE for probabilities that are not a vector.
 */
export function multinomial(trials: Operand, probabilities: Value | readonly number[]): Distribution {
  const total = value(trials)
  const p = vectorOf('the probabilities of multinomial', probabilities)
  return {
    ...counts('multinomial', p),
    domains: { trials: 'count', probabilities: 'simplex' },
    arguments: { trials: total, probabilities: p },
    // A zero count of an impossible category adds 0, and nothing to the gradient.
    logDensity: x =>
      logMass(
        x,
        total,
        log(select(equals(x, 0), 1, p))
          .mul(x)
          .sum(),
      ),
    drawInto: (out, numbers, stream) => drawCountsInto(out, numbers.of(total), numbers.array(p), stream),
  }
}

/** Multinomial distribution with probabilities softmax(`logits`): a vector [K]. See `multinomial`. */
export function multinomialLogits(trials: Operand, logits: Value | readonly number[]): Distribution {
  const total = value(trials)
  const eta = vectorOf('the logits of multinomialLogits', logits)
  return {
    ...counts('multinomialLogits', eta),
    domains: { trials: 'count', logits: 'vector' },
    arguments: { trials: total, logits: eta },
    logDensity: x => logMass(x, total, select(equals(x, 0), 0, eta).mul(x).sum().sub(logSumExp(eta).mul(total))),
    drawInto(out, numbers, stream) {
      const given = numbers.array(eta)
      const largest = given.reduce((most, x) => Math.max(most, x), -Infinity)
      drawCountsInto(
        out,
        numbers.of(total),
        given.map(x => Math.exp(x - largest)),
        stream,
      )
    },
  }
}

const counts = (name: string, categories: Value): Pick<Distribution, 'name' | 'support' | 'event'> => ({
  name,
  support: vector('counts'),
  event: categories.event,
})

/** Adds the multinomial coefficient to `weighted`, the sum of counts times log probabilities. */
function logMass(x: Value, trials: Value, weighted: Value): Value {
  const density = lgamma(trials.add(1))
    .sub(lgamma(x.add(1)).sum())
    .add(weighted)
  const fits = equals(x.sum(), trials)
  return fits.node.op === 'constant' && fits.node.values.every(fit => fit === 1) ? density : select(fits, density, -Infinity)
}

/** Category after category, binomial given those before it. Weights need not sum to 1. */
function drawCountsInto(out: Float64Array, trials: number, weights: Float64Array, stream: RandomStream): void {
  const last = weights.length - 1
  const rest = Float64Array.from(weights)
  for (let k = last - 1; k >= 0; k--) rest[k] += rest[k + 1]
  let left = trials
  for (let k = 0; k < last; k++) {
    out[k] = left === 0 || weights[k] === 0 ? 0 : drawBinomial(left, Math.min(weights[k] / rest[k], 1), stream)
    left -= out[k]
  }
  out[last] = left
}

const source = 'Johnson, Kotz & Balakrishnan (1997), Discrete Multivariate Distributions, chapter 35'

export const multinomialEntry: FamilyEntry = {
  name: 'multinomial',
  arguments: ['trials', 'probabilities'],
  summary: 'Multinomial distribution of counts of several categories.',
  formula: 'log(trials!) - sum(log(x!)) + sum(x log(probabilities))',
  support: 'counts with the sum trials',
  stan: 'multinomial',
  numpyro: 'Multinomial',
  pymc: 'Multinomial',
  source,
}

export const multinomialLogitsEntry: FamilyEntry = {
  name: 'multinomialLogits',
  arguments: ['trials', 'logits'],
  summary: 'Multinomial distribution with the probabilities softmax(logits).',
  formula: 'log(trials!) - sum(log(x!)) + sum(x logits) - trials log(sum(exp(logits)))',
  support: 'counts with the sum trials',
  stan: 'multinomial_logit',
  numpyro: 'MultinomialLogits',
  source,
}
