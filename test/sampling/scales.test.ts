import type { BoundModel } from '@chorale/core/contracts'
import { normalQuantile } from '@chorale/diagnostics'
import { foldIn, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { ADAPTATION_NAMES, ADAPTATIONS, type AdaptationName, type AdaptationPlan } from '../models/adaptations.js'
import { POSTERIOR, runChain, type ChainRun } from '../models/chains.js'
import { exactScores } from '../models/exact-scores.js'
import { judge } from '../models/moment-scores.js'
import { IS_LONG } from './calibration.js'

const DIMENSION = 100
const CHAINS = 4
const DRAWS = 500

/** Standard deviations from 0.001 to 1000. */
const SCALES = Array.from({ length: DIMENSION }, (_, i) => Math.exp(Math.log(10) * ((6 * i) / (DIMENSION - 1) - 3)))

const independentNormals: BoundModel = {
  parameters: [{ name: 'x', shape: [DIMENSION], support: 'real', scope: 'global', offset: 0, size: DIMENSION }],
  dimension: DIMENSION,
  logDensityInto(gradient, x) {
    let squares = 0
    for (let i = 0; i < DIMENSION; i++) {
      const z = x[i]! / SCALES[i]!
      gradient[i] = -z / SCALES[i]!
      squares += z * z
    }
    return -0.5 * squares
  },
  constrainInto: (values, position) => values.set(position),
  unconstrainInto: (position, values) => position.set(values),
}

/** What the largest of all scores, two for each coordinate, exceeds once in a thousand times. */
const LIMIT = normalQuantile(1 - 0.001 / (2 * 2 * DIMENSION))

/**
 * How far the metric may be off, as a factor of a variance. The shrinkage of Stan, which dense metrics share, adds 5e-3 / (n + 5) to each variance of a
 * window of n draws: 25 times the smallest of these variances for the 195 draws of a short warm-up.
 */
const metricLimit = ({ adaptation, metric }: AdaptationPlan): number => (adaptation === 'stan' || metric === 'dense' ? 26 : 4)

/** The farthest that the inverse metric's diagonal is from the true variances, as a factor. */
function metricError({ metric }: ChainRun): number {
  const momentum = new Float64Array(DIMENSION)
  const velocity = new Float64Array(DIMENSION)
  const errors = SCALES.map((scale, i) => {
    momentum.fill(0)
    momentum[i] = 1
    metric.velocityInto(velocity, momentum)
    return Math.exp(Math.abs(Math.log(velocity[i]! / (scale * scale))))
  })
  return Math.max(...errors)
}

const shown = (numbers: readonly number[], digits = 0): string => numbers.map(x => x.toFixed(digits)).join(' ')

function told(adaptation: AdaptationName, chains: readonly ChainRun[]): string {
  const gradients = `gradients: warm-up ${shown(chains.map(c => c.gradients.warmup))}, sampling ${shown(chains.map(c => c.gradients.sampling))}`
  const metric = `${chains[0]!.metric.kind} metric off by a factor of ${shown(chains.map(metricError), 1)}`
  return `${adaptation}: ${metric}, step sizes ${shown(
    chains.map(c => c.stepSize),
    2,
  )}, acceptance ${shown(
    chains.map(c => c.acceptProb),
    2,
  )}, warm-up ${shown(chains.map(c => c.warmup))}; ${gradients}`
}

// Thousands of steps of a matrix product each, where Stan's windows start with the unit metric.
const names = ADAPTATION_NAMES.filter(name => IS_LONG || name !== 'Stan, dense')

describe('100 independent normals on scales from 0.001 to 1000, from starts in (-2, 2)', () => {
  it.each(names)('%s: draws have the true means and variances, metric and step size fit', { timeout: 600_000 }, async adaptation => {
    const chains: ChainRun[] = []
    for (let c = 0; c < CHAINS; c++) {
      chains.push(await runChain(independentNormals, POSTERIOR, foldIn(prngKey(1), c), { adaptation, draws: DRAWS }))
    }
    console.log(told(adaptation, chains))
    const scores = SCALES.flatMap((sd, i) =>
      exactScores(
        `x[${i}]`,
        chains.map(({ positions }) => Float64Array.from(positions, x => x[i]!)),
        { mean: 0, sd },
      ),
    )
    const verdict = judge(scores, LIMIT)
    expect(verdict).toEqual({ ...verdict, passes: true })
    for (const chain of chains) {
      expect(chain.divergences).toBe(0)
      expect(metricError(chain)).toBeLessThan(metricLimit(ADAPTATIONS[adaptation]))
      expect(chain.acceptProb).toBeGreaterThan(0.7)
      expect(chain.acceptProb).toBeLessThan(0.95)
    }
  })
})
