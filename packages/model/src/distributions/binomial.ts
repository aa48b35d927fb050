import { softplus } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { integers } from '../supports/supports.js'
import { logBetaAtLogit } from './binomial-tails.js'
import { countTimes, log1mToOne, logFromZero, logitOf } from './discrete-logarithms.js'
import { tailsFromZero } from './discrete-tails.js'
import { drawBinomial, drawBinomialLogit } from './discrete-variates.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'

type Masses = Required<Pick<Distribution, 'support' | 'logDensity' | 'logCdf' | 'logSurvival'>>

/** Binomial distribution: how many of `trials` independent events of the given probability happen. */
export function binomial(trials: Operand, probability: Operand): Distribution {
  return univariate({ trials, probability }, a => {
    const logits = logitOf(a.probability)
    return {
      name: 'binomial',
      domains: { trials: 'count', probability: 'probability' },
      ...(logits === undefined ? massesAt(a.trials, a.probability) : massesAtLogit(a.trials, logits)),
      draw: (numbers, stream) => drawBinomial(numbers.of(a.trials), numbers.of(a.probability), stream),
    }
  })
}

/** Binomial distribution with probability 1 / (1 + exp(-logits)). */
export function binomialLogit(trials: Operand, logits: Operand): Distribution {
  return univariate({ trials, logits }, a => ({
    name: 'binomialLogit',
    domains: { trials: 'count', logits: 'real' },
    ...massesAtLogit(a.trials, a.logits),
    draw: (numbers, stream) => drawBinomialLogit(numbers.of(a.trials), numbers.of(a.logits), stream),
  }))
}

const massesAtLogit = (trials: Value, logits: Value): Masses => ({
  support: integers(0, trials),
  logDensity: x =>
    x
      .mul(logits)
      .sub(softplus(logits).mul(trials))
      .add(apply('lchoose', trials, x)),
  ...tailsFromZero(
    {
      logCdf: k => logBetaAtLogit(failuresAfter(trials, k), k.add(1), logits.neg()),
      logSurvival: k => logBetaAtLogit(k.add(1), failuresAfter(trials, k), logits),
    },
    trials,
  ),
})

const massesAt = (trials: Value, p: Value): Masses => ({
  support: integers(0, trials),
  logDensity: x =>
    countTimes(x, logFromZero(p))
      .add(countTimes(trials.sub(x), log1mToOne(p)))
      .add(apply('lchoose', trials, x)),
  ...tailsFromZero(
    {
      logCdf: k => apply('logBetaIc', k.add(1), failuresAfter(trials, k), p),
      logSurvival: k => apply('logBetaI', k.add(1), failuresAfter(trials, k), p),
    },
    trials,
  ),
})

/** trials - k; at least 1, so that the beta function exists even for no trials. */
const failuresAfter = (trials: Value, k: Value): Value => apply('max', trials.sub(k), 1)

const source = 'Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, chapter 3'

export const binomialEntry: FamilyEntry = {
  name: 'binomial',
  arguments: ['trials', 'probability'],
  summary: 'Binomial distribution of a number of successes.',
  formula: 'log choose(trials, x) + x log(probability) + (trials - x) log(1 - probability)',
  support: 'whole numbers from 0 to trials',
  stan: 'binomial',
  numpyro: 'BinomialProbs',
  pymc: 'Binomial',
  source,
}

export const binomialLogitEntry: FamilyEntry = {
  name: 'binomialLogit',
  arguments: ['trials', 'logits'],
  summary: 'Binomial distribution, by the log odds.',
  formula: 'log choose(trials, x) + x logits - trials log(1 + exp(logits))',
  support: 'whole numbers from 0 to trials',
  stan: 'binomial_logit',
  numpyro: 'BinomialLogits',
  pymc: 'Binomial (logit_p)',
  source,
}
