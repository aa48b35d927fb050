import { describe, expect, it } from 'vitest'
import { leapfrogInto, updateEnergy } from '../../src/engine/leapfrog.js'
import type { PhasePoint } from '../../src/engine/phase-point.js'
import type { PhaseSpace } from '../../src/engine/phase-space.js'
import { denseMetric } from '../../src/metric/dense-metric.js'
import { diagonalMetric } from '../../src/metric/diagonal-metric.js'
import { lowRankMetric } from '../../src/metric/low-rank-metric.js'
import type { Metric } from '../../src/metric/metric.js'
import { targetOf, unitMetric } from '../chains.js'
import { eightSchools, type Density } from '../densities.js'
import { placePoint, SPACES, spaceWith } from './spaces.js'

const quartic: Density = (gradient, x) => {
  gradient[0] = -x[0]! * x[0]! * x[0]!
  return (-x[0]! * x[0]! * x[0]! * x[0]!) / 4
}

function pointAt(space: PhaseSpace, density: Density, position: readonly number[], momentum: readonly number[]): PhasePoint {
  const point = placePoint(space, { position: Float64Array.from(position), momentum: Float64Array.from(momentum) })
  point.logDensity = density(point.gradient, point.position)
  updateEnergy(point, space)
  return point
}

/** `steps` leapfrog steps from a point. */
function follow(space: PhaseSpace, density: Density, from: PhasePoint, stepSize: number, steps: number): PhasePoint {
  const target = targetOf(from.position.length, density)
  let [at, next] = [from, space.createPoint()]
  for (let i = 0; i < steps; i++) {
    leapfrogInto(next, at, stepSize, space, target)
    ;[at, next] = [next, i === 0 ? space.createPoint() : at]
  }
  return at
}

const position = [1, -0.5, 0.3, -0.2, 0.8, 0, 0.1, -1, 0.4, 0.2]
const momentum = [0.5, 1, -0.3, 0.2, 0.1, -1, 0.7, 0.3, -0.6, 0.9]

const SCALES = Float64Array.from(momentum, p => 1 + p * p)
const METRICS: Readonly<Record<string, Metric>> = {
  diagonal: diagonalMetric(SCALES),
  dense: denseMetric(
    Float64Array.from({ length: 100 }, (_, at) => (at % 11 === 0 ? 1.5 : 0.1)),
    10,
  )!,
  'low-rank': lowRankMetric({
    scales: SCALES,
    vectors: Float64Array.from({ length: 10 }, () => Math.sqrt(0.1)),
    eigenvalues: Float64Array.of(3),
  }),
}

describe.each(SPACES)('the leapfrog integrator by %s', (_, create) => {
  it.each(Object.entries(METRICS))('returns to where it came from when time runs backwards (%s metric)', (_kind, metric) => {
    const space = spaceWith(create, 10, metric)
    const start = pointAt(space, eightSchools, position, momentum)
    const back = follow(space, eightSchools, follow(space, eightSchools, start, 0.1, 100), -0.1, 100)
    back.position.forEach((x, i) => expect(x).toBeCloseTo(position[i]!, 10))
    back.momentum.forEach((p, i) => expect(p).toBeCloseTo(momentum[i]!, 10))
  })

  it.each(Object.entries(METRICS))(
    'errs in the energy with the third power of the step, over a fixed time with the second (%s metric)',
    (_kind, metric) => {
      const space = spaceWith(create, 10, metric)
      const errorOf = (stepSize: number, steps: number): number => {
        const start = pointAt(space, eightSchools, position, momentum)
        return Math.abs(follow(space, eightSchools, start, stepSize, steps).energy - start.energy)
      }
      expect(Math.log2(errorOf(0.01, 1) / errorOf(0.005, 1))).toBeCloseTo(3, 0)
      expect(Math.log2(errorOf(0.01, 50) / errorOf(0.005, 100))).toBeCloseTo(2, 1)
    },
  )

  it.each(Object.entries(METRICS))('keeps the velocity the inverse metric times the momentum (%s metric)', (_kind, metric) => {
    const space = spaceWith(create, 10, metric)
    const end = follow(space, eightSchools, pointAt(space, eightSchools, position, momentum), 0.1, 100)
    const expected = new Float64Array(10)
    metric.velocityInto(expected, end.momentum)
    end.velocity.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 11))
  })

  it('preserves volume: its Jacobian determinant is 1', () => {
    const h = 1e-5
    const space = spaceWith(create, 1, unitMetric(1))
    const end = (x: number, p: number) => follow(space, quartic, pointAt(space, quartic, [x], [p]), 0.3, 7)
    const [right, left, up, down] = [end(1 + h, 0.5), end(1 - h, 0.5), end(1, 0.5 + h), end(1, 0.5 - h)]
    const slope = (a: Float64Array, b: Float64Array) => (a[0]! - b[0]!) / (2 * h)
    const determinant =
      slope(right.position, left.position) * slope(up.momentum, down.momentum) -
      slope(up.position, down.position) * slope(right.momentum, left.momentum)
    expect(determinant).toBeCloseTo(1, 6)
  })

  it.each([
    ['an infinite momentum', Infinity, 0.1],
    ['a momentum that is not a number', NaN, 0.1],
    ['an infinite step', 0.5, Infinity],
  ])('does not ask the model where %s leads', (_what, p, stepSize) => {
    const picky: Density = (gradient, x) => {
      if (!Number.isFinite(x[0])) throw new Error('asked')
      return quartic(gradient, x)
    }
    const space = spaceWith(create, 1, unitMetric(1))
    expect(follow(space, picky, pointAt(space, quartic, [1], [p]), stepSize, 1).energy).toBe(Infinity)
  })
})
