import { describe, expect, it } from 'vitest'
import { leapfrogInto, updateEnergy } from '../src/engine/leapfrog.js'
import { createPointPool, type PhasePoint } from '../src/engine/phase-point.js'
import { targetOf, unitMetric } from './chains.js'
import { eightSchools, type Density } from './densities.js'

const quartic: Density = (gradient, x) => {
  gradient[0] = -x[0]! * x[0]! * x[0]!
  return (-x[0]! * x[0]! * x[0]! * x[0]!) / 4
}

function pointAt(dimension: number, density: Density, position: readonly number[], momentum: readonly number[]): PhasePoint {
  const point = createPointPool(dimension, length => new Float64Array(length)).take()
  point.position.set(position)
  point.momentum.set(momentum)
  point.logDensity = density(point.gradient, point.position)
  updateEnergy(point, unitMetric(dimension))
  return point
}

/** `steps` leapfrog steps from a point. */
function follow(density: Density, from: PhasePoint, stepSize: number, steps: number): PhasePoint {
  const dimension = from.position.length
  const pool = createPointPool(dimension, length => new Float64Array(length))
  let [at, next] = [from, pool.take()]
  for (let i = 0; i < steps; i++) {
    leapfrogInto(next, at, stepSize, unitMetric(dimension), targetOf(dimension, density))
    ;[at, next] = [next, i === 0 ? pool.take() : at]
  }
  return at
}

describe('the leapfrog integrator', () => {
  const position = [1, -0.5, 0.3, -0.2, 0.8, 0, 0.1, -1, 0.4, 0.2]
  const momentum = [0.5, 1, -0.3, 0.2, 0.1, -1, 0.7, 0.3, -0.6, 0.9]

  it('returns to where it came from when time runs backwards', () => {
    const start = pointAt(10, eightSchools, position, momentum)
    const back = follow(eightSchools, follow(eightSchools, start, 0.1, 100), -0.1, 100)
    back.position.forEach((x, i) => expect(x).toBeCloseTo(position[i]!, 11))
    back.momentum.forEach((p, i) => expect(p).toBeCloseTo(momentum[i]!, 11))
  })

  it('errs in the energy with the third power of the step in one step, with the second over a fixed time', () => {
    const errorOf = (stepSize: number, steps: number): number => {
      const start = pointAt(10, eightSchools, position, momentum)
      return Math.abs(follow(eightSchools, start, stepSize, steps).energy - start.energy)
    }
    expect(Math.log2(errorOf(0.01, 1) / errorOf(0.005, 1))).toBeCloseTo(3, 1)
    expect(Math.log2(errorOf(0.01, 50) / errorOf(0.005, 100))).toBeCloseTo(2, 1)
  })

  it('preserves volume: its Jacobian determinant is 1', () => {
    const h = 1e-5
    const end = (x: number, p: number) => follow(quartic, pointAt(1, quartic, [x], [p]), 0.3, 7)
    const [right, left, up, down] = [end(1 + h, 0.5), end(1 - h, 0.5), end(1, 0.5 + h), end(1, 0.5 - h)]
    const slope = (a: Float64Array, b: Float64Array) => (a[0]! - b[0]!) / (2 * h)
    const determinant =
      slope(right.position, left.position) * slope(up.momentum, down.momentum) -
      slope(up.position, down.position) * slope(right.momentum, left.momentum)
    expect(determinant).toBeCloseTo(1, 6)
  })

  it('does not ask the model about positions that are not finite', () => {
    const start = pointAt(1, quartic, [1], [Infinity])
    const picky: Density = (gradient, x) => {
      if (!Number.isFinite(x[0])) throw new Error('asked')
      return quartic(gradient, x)
    }
    expect(follow(picky, start, 0.1, 1).energy).toBe(Infinity)
  })
})
