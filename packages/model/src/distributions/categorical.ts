import { Value, value } from '../expression/value.js'
import { logSumExp } from '../expression/linear-algebra.js'
import { sizeOf } from '../graph/shape.js'
import { integers } from '../supports/supports.js'
import { entryOf, vectorOf, type Vector } from './categorical-entry.js'
import { logFromZero } from './discrete-logarithms.js'
import { drawCategory, drawCategoryLogits } from './discrete-variates.js'
import type { Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'

/**
 * Categorical distribution on 0, 1, ..., K - 1 with a simplex vector [K] of probabilities.
 *
 * Throws CHORALE_MODEL_SHAPE if the argument is no vector.
 */
export function categorical(probabilities: Vector): Distribution {
  const given = vectorOf('categorical', 'probabilities', probabilities)
  const { node } = given
  const logits = node.op === 'kernel' && node.kernel.name === 'softmax' ? new Value(node.inputs[0]) : undefined
  return {
    name: 'categorical',
    arguments: { probabilities: given },
    domains: { probabilities: 'simplex' },
    support: integers(0, given.length - 1),
    event: [],
    logDensity: x => {
      if (logits !== undefined) return logMassAt(logits, x)
      // One logarithm for each draw, or one for each probability, whichever are fewer.
      const isShared = sizeOf(node.shape) <= sizeOf(x.node.shape)
      return isShared ? entryOf(logFromZero(given), x) : logFromZero(entryOf(given, x))
    },
    fixedAt: numbers => categorical(value(Float64Array.from(numbers.array(given)))),
    drawInto: (out, numbers, stream) => {
      out[0] = drawCategory(numbers.array(given), stream)
    },
  }
}

/**
 * Categorical distribution on 0, 1, ..., K - 1 with probabilities softmax(logits), for a vector [K] of any reals. Adding the same number to all logits
 * changes nothing: fix one of them, or give them a prior.
 *
 * Throws CHORALE_MODEL_SHAPE if the argument is no vector.
 */
export function categoricalLogits(logits: Vector): Distribution {
  const given = vectorOf('categoricalLogits', 'logits', logits)
  return {
    name: 'categoricalLogits',
    arguments: { logits: given },
    domains: { logits: 'vector' },
    support: integers(0, given.length - 1),
    event: [],
    logDensity: x => logMassAt(given, x),
    fixedAt: numbers => categoricalLogits(value(Float64Array.from(numbers.array(given)))),
    drawInto: (out, numbers, stream) => {
      out[0] = drawCategoryLogits(numbers.array(given), stream)
    },
  }
}

const logMassAt = (logits: Value, x: Value): Value => entryOf(logits, x).sub(logSumExp(logits))

export const categoricalEntry: FamilyEntry = {
  name: 'categorical',
  arguments: ['probabilities'],
  summary: 'Categorical distribution, by a simplex of probabilities.',
  formula: 'log(probabilities[x])',
  support: 'whole numbers from 0 to K - 1',
  stan: 'categorical (from 1)',
  numpyro: 'CategoricalProbs',
  pymc: 'Categorical',
  source: 'Stan Functions Reference, categorical distribution',
}

export const categoricalLogitsEntry: FamilyEntry = {
  name: 'categoricalLogits',
  arguments: ['logits'],
  summary: 'Categorical distribution, by log probabilities up to a constant.',
  formula: 'logits[x] - log sum exp(logits)',
  support: 'whole numbers from 0 to K - 1',
  stan: 'categorical_logit (from 1)',
  numpyro: 'CategoricalLogits',
  pymc: 'Categorical (logit_p)',
  source: 'Stan Functions Reference, categorical distribution',
}
