import { ChoraleError } from '@chorale/core/contracts'
import type { RandomStream } from '@chorale/random'

import { concatenate } from '../expression/arrays.js'
import { floor, log1mExp, logNormalCdf, softplus } from '../expression/elementary.js'
import { apply, value, type Operand, type Value } from '../expression/value.js'
import { logit } from '../special/index.js'
import { integers } from '../supports/supports.js'
import { entryOf, vectorOf, type Vector } from './categorical-entry.js'
import type { Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'

/**
 * Ordered logistic regression: category 0, 1, ..., K - 1 is the number of `cutpoints` [K - 1], in increasing order, below a logistic variable with location
 * `predictor`.
 *
 * Throws CHORALE_MODEL_SHAPE if the cutpoints are no vector, CHORALE_MODEL_PARAMETER if they are constants that do not increase.
 */
export function orderedLogistic(predictor: Operand, cutpoints: Vector): Distribution {
  return ordered('orderedLogistic', predictor, cutpoints, {
    logDensity: (eta, ends) => {
      // F(u) - F(l) = F(u) (1 - F(l)) (1 - exp(l - u)) for the logistic function F: no difference of nearly equal numbers.
      const logGaps = log1mExp(ends.slice(0, -1).sub(ends.slice(1)))
      return x =>
        entryOf(logGaps, x)
          .sub(softplus(eta.sub(entryOf(ends, x.add(1)))))
          .sub(softplus(entryOf(ends, x).sub(eta)))
    },
    logCdf: z => softplus(z.neg()).neg(),
    noise: stream => logit(stream.uniform()),
    make: orderedLogistic,
  })
}

/**
 * Ordered probit regression: as `orderedLogistic`, with a normal variable of standard deviation 1. Cutpoints nearer to each other than about 1e-6 lose
 * digits.
 */
export function orderedProbit(predictor: Operand, cutpoints: Vector): Distribution {
  return ordered('orderedProbit', predictor, cutpoints, {
    logDensity: (eta, ends) => x => apply('logProbitInterval', entryOf(ends, x).sub(eta), entryOf(ends, x.add(1)).sub(eta)),
    logCdf: logNormalCdf,
    noise: stream => stream.normal(),
    make: orderedProbit,
  })
}

/** What the distribution of the variable that is cut into categories, symmetric about its location, brings. */
interface Link {
  /** `ends`: the cutpoints between -Infinity and Infinity, so that categories are between two neighbours. */
  readonly logDensity: (predictor: Value, ends: Value) => Distribution['logDensity']
  readonly logCdf: (z: Value) => Value
  readonly noise: (stream: RandomStream) => number
  readonly make: (predictor: Operand, cutpoints: Vector) => Distribution
}

function ordered(name: string, predictor: Operand, given: Vector, { logDensity, logCdf, noise, make }: Link): Distribution {
  const eta = value(predictor)
  const cutpoints = vectorOf(name, 'cutpoints', given)
  requireIncreasing(name, cutpoints)
  const ends = concatenate(-Infinity, cutpoints, Infinity)
  const upTo = (x: Value): Value => entryOf(ends, floor(x).add(1)).sub(eta)
  return {
    name,
    arguments: { predictor: eta, cutpoints },
    domains: { predictor: 'real', cutpoints: 'vector' },
    support: integers(0, cutpoints.length),
    event: [],
    logDensity: logDensity(eta, ends),
    logCdf: x => logCdf(upTo(x)),
    logSurvival: x => logCdf(upTo(x).neg()),
    fixedAt: numbers => make(numbers.of(eta), value(Float64Array.from(numbers.array(cutpoints)))),
    drawInto: (out, numbers, stream) => {
      const z = numbers.of(eta) + noise(stream)
      out[0] = numbers.array(cutpoints).reduce((category, cutpoint) => (cutpoint < z ? category + 1 : category), 0)
    },
  }
}

function requireIncreasing(name: string, { node, length }: Value): void {
  if (node.op !== 'constant' || node.values.every((c, k) => k % length === 0 || c > node.values[k - 1])) return
  throw new ChoraleError(
    'CHORALE_MODEL_PARAMETER',
    `${name}(...): the cutpoints ${[...node.values].slice(0, 8).join(', ')} do not increase`,
    {
      fix: "give them in increasing order; cutpoints that are parameters need { support: vector('ordered') }",
    },
  )
}

const source = 'McCullagh (1980), Regression models for ordinal data, Journal of the Royal Statistical Society B 42'

export const orderedLogisticEntry: FamilyEntry = {
  name: 'orderedLogistic',
  arguments: ['predictor', 'cutpoints'],
  summary: 'Ordered categories of a logistic variable.',
  formula: 'log(F(c[x] - predictor) - F(c[x - 1] - predictor)), F(z) = 1 / (1 + exp(-z)), c[-1] = -Infinity, c[K - 1] = Infinity',
  support: 'whole numbers from 0 to K - 1',
  stan: 'ordered_logistic (from 1)',
  numpyro: 'OrderedLogistic',
  pymc: 'OrderedLogistic',
  source,
}

export const orderedProbitEntry: FamilyEntry = {
  name: 'orderedProbit',
  arguments: ['predictor', 'cutpoints'],
  summary: 'Ordered categories of a normal variable.',
  formula: 'log(Phi(c[x] - predictor) - Phi(c[x - 1] - predictor)), c[-1] = -Infinity, c[K - 1] = Infinity',
  support: 'whole numbers from 0 to K - 1',
  stan: 'ordered_probit (from 1)',
  pymc: 'OrderedProbit',
  source,
}
