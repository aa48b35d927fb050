import { describe, expect, it } from 'vitest'

import { judgeRanks, type Uniformity } from './rank-statistics.js'
import { rankStatistics, type Experiment } from './replications.js'
import garch from './recovery/garch.js'
import hiddenMarkov, { transposedHiddenMarkov } from './recovery/hidden-markov.js'
import localIntercepts from './recovery/local-intercepts.js'
import normalMixture, { withoutSimplexJacobian } from './recovery/normal-mixture.js'
import orderedLogit from './recovery/ordered-logit.js'
import { simulateGarch, simulateHiddenMarkov } from './recovery/simulators.js'

/** `CHORALE_LONG_TESTS=1` takes twenty times the replications. */
const MORE = process.env['CHORALE_LONG_TESTS'] === '1' ? 20 : 1

/** Twice as many as find a simplex without its Jacobian. */
const FEW = 80

const TIMEOUT = { timeout: 300_000 * MORE }

const SEED = 2

const rows = (count: number, value: (row: number) => number = () => 0): Float64Array =>
  Float64Array.from({ length: count }, (_, row) => value(row))

const hiddenMarkovData = { model: hiddenMarkov, data: { y: rows(20) }, simulate: simulateHiddenMarkov(20) }
const mixtureData = { model: normalMixture, data: { y: rows(12) } }

interface Recovery {
  readonly experiment: Experiment
  readonly replications: number
}

const recoveries: Readonly<Record<string, Recovery>> = {
  'a hidden Markov model': { experiment: hiddenMarkovData, replications: 30 },
  'GARCH(1, 1)': { experiment: { model: garch, data: { y: rows(80) }, simulate: simulateGarch(80) }, replications: FEW },
  'ordered logistic regression': {
    experiment: { model: orderedLogit, data: { x: rows(40, row => ((row % 8) - 3.5) / 2), answer: rows(40) } },
    replications: FEW,
  },
  'a mixture of three normal distributions': { experiment: mixtureData, replications: FEW },
  'intercepts local to their airport': {
    experiment: {
      model: localIntercepts,
      data: { airport: rows(64, row => row % 8), distance: rows(64, row => (((row * 7) % 16) - 7.5) / 8), late: rows(64) },
    },
    replications: FEW,
  },
}

async function uniformity({ experiment, replications }: Recovery): Promise<ReadonlyMap<string, Uniformity>> {
  const ranks = await rankStatistics(experiment, { replications, seed: SEED, warmup: 200, thin: 5 })
  return new Map([...ranks].map(([quantity, found]) => [quantity, judgeRanks(found)]))
}

const failing = (found: ReadonlyMap<string, Uniformity>): readonly string[] =>
  [...found].filter(([, { passes }]) => !passes).map(([quantity, verdict]) => `${quantity}: ${JSON.stringify(verdict)}`)

describe('true values rank among posterior draws like any draw', () => {
  it.each(Object.entries(recoveries))('%s', TIMEOUT, async (_, { experiment, replications }) => {
    const found = await uniformity({ experiment, replications: replications * MORE })
    expect(found.size).toBeGreaterThan(1)
    expect(failing(found)).toEqual([])
  })
})

describe('what must fail', () => {
  it('a transition matrix that is transposed', TIMEOUT, async () => {
    const found = await uniformity({ experiment: { ...hiddenMarkovData, fitted: transposedHiddenMarkov }, replications: 12 })
    expect(failing(found)).not.toEqual([])
  })

  // One row says so little of the weights that the posterior is nearly their prior, which the Jacobian is a large part of.
  it('a simplex without its Jacobian', TIMEOUT, async () => {
    const oneRow = { model: normalMixture, data: { y: rows(1) } }
    expect(failing(await uniformity({ experiment: oneRow, replications: 40 }))).toEqual([])
    expect(failing(await uniformity({ experiment: { ...oneRow, fitted: withoutSimplexJacobian }, replications: 40 }))).not.toEqual([])
  })
})
