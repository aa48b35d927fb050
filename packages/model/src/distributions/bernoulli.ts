import { lessThan, select, softplus } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { sizeOf } from '../graph/shape.js'
import { logistic } from '../special/index.js'
import { integers } from '../supports/supports.js'
import { log1mToOne, logFromZero, logitOf } from './discrete-logarithms.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'

type Masses = Required<Pick<Distribution, 'support' | 'logDensity' | 'logCdf' | 'logSurvival'>>

/** Bernoulli distribution: 1 with the given probability, else 0. */
export function bernoulli(probability: Operand): Distribution {
  return univariate({ probability }, a => {
    const logits = logitOf(a.probability)
    return {
      name: 'bernoulli',
      domains: { probability: 'probability' },
      ...(logits === undefined ? massesAt(a.probability) : massesAtLogit(logits)),
      draw: (numbers, stream) => (stream.uniform() < numbers.of(a.probability) ? 1 : 0),
    }
  })
}

/** Bernoulli distribution: 1 with probability 1 / (1 + exp(-logits)), else 0. */
export function bernoulliLogit(logits: Operand): Distribution {
  return univariate({ logits }, a => ({
    name: 'bernoulliLogit',
    domains: { logits: 'real' },
    ...massesAtLogit(a.logits),
    draw: (numbers, stream) => (stream.uniform() < logistic(numbers.of(a.logits)) ? 1 : 0),
  }))
}

const massesAtLogit = (logits: Value): Masses => ({
  support: integers(0, 1),
  logDensity: x => x.mul(logits).sub(softplus(logits)),
  ...stepped(softplus(logits).neg(), softplus(logits.neg()).neg()),
})

function massesAt(p: Value): Masses {
  const [ofOne, ofZero] = [logFromZero(p), log1mToOne(p)]
  return {
    support: integers(0, 1),
    // Where many draws share a probability, its logarithms are taken once.
    logDensity: x => (sizeOf(p.node.shape) < sizeOf(x.node.shape) ? select(x, ofOne, ofZero) : apply('logBernoulli', x, p)),
    ...stepped(ofZero, ofOne),
  }
}

const stepped = (ofZero: Value, ofOne: Value): Required<Pick<Distribution, 'logCdf' | 'logSurvival'>> => ({
  logCdf: x => select(lessThan(x, 0), -Infinity, select(lessThan(x, 1), ofZero, 0)),
  logSurvival: x => select(lessThan(x, 0), 0, select(lessThan(x, 1), ofOne, -Infinity)),
})

const source = 'Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, section 3.1'

export const bernoulliEntry: FamilyEntry = {
  name: 'bernoulli',
  arguments: ['probability'],
  summary: 'Bernoulli distribution of a yes or no.',
  formula: 'x log(probability) + (1 - x) log(1 - probability)',
  support: '0 and 1',
  stan: 'bernoulli',
  numpyro: 'BernoulliProbs',
  pymc: 'Bernoulli',
  source,
}

export const bernoulliLogitEntry: FamilyEntry = {
  name: 'bernoulliLogit',
  arguments: ['logits'],
  summary: 'Bernoulli distribution, by the log odds.',
  formula: 'x logits - log(1 + exp(logits))',
  support: '0 and 1',
  stan: 'bernoulli_logit',
  numpyro: 'BernoulliLogits',
  pymc: 'Bernoulli (logit_p)',
  source,
}
