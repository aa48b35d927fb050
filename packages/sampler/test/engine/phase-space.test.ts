import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import { KernelSpace } from '../../src/engine/kernel-space.js'
import type { PhasePoint } from '../../src/engine/phase-point.js'
import { createPhaseSpace, releasePhaseSpace } from '../../src/engine/create-phase-space.js'
import type { PhaseSpace, Stretch } from '../../src/engine/phase-space.js'
import { PlainSpace } from '../../src/engine/plain-space.js'
import { denseMetric } from '../../src/metric/dense-metric.js'
import { diagonalMetric } from '../../src/metric/diagonal-metric.js'
import { lowRankMetric, type LowRankMetric } from '../../src/metric/low-rank-metric.js'
import type { Metric } from '../../src/metric/metric.js'
import { targetOf } from '../chains.js'
import { placePoint, SPACES } from './spaces.js'

const [plain, kernels] = SPACES.map(([, create]) => create) as [(d: number) => PhaseSpace, (d: number) => PhaseSpace]
const DIMENSIONS = [1, 2, 3, 7, 8, 9, 15, 17, 31, 32, 33, 63, 64, 65, 100, 177, 200, 255, 299, 300]
const TOLERANCE = 1e-12

function normals(seed: number, length: number): Float64Array {
  const out = new Float64Array(length)
  createStream(prngKey(seed)).normalsInto(out)
  return out
}

const positives = (seed: number, length: number): Float64Array => normals(seed, length).map(x => Math.exp(x))

/** Rows of random signs over sqrt(d), which need not be orthogonal for a product to be defined. */
const lowRank = (dimension: number, rank: number) =>
  lowRankMetric({
    scales: positives(1, dimension),
    vectors: normals(2, dimension * rank).map(x => x / Math.sqrt(dimension)),
    eigenvalues: positives(3, rank),
  })

function dense(dimension: number): Metric {
  const factor = normals(4, dimension * dimension)
  const covariance = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++) {
      for (let k = 0; k < dimension; k++)
        covariance[i * dimension + j] += (factor[i * dimension + k] * factor[j * dimension + k]) / dimension
    }
    covariance[i * dimension + i] += 1
  }
  return denseMetric(covariance, dimension)!
}

const METRICS: readonly (readonly [string, (dimension: number) => Metric])[] = [
  ['diagonal', dimension => diagonalMetric(positives(5, dimension))],
  ['dense', dimension => dense(Math.min(dimension, 300))],
  ['low-rank', dimension => lowRank(dimension, Math.min(dimension, 1 + (dimension % 7)))],
  ['low-rank of most directions', dimension => lowRank(dimension, Math.ceil(0.7 * dimension))],
]

/** Bounds on what the parts of inverse metric x vector may be in absolute value, added up. */
function absoluteProduct(metric: Metric, vector: Float64Array): Float64Array {
  const size = vector.map(Math.abs)
  if (metric.kind === 'diagonal') return size.map((x, i) => x * metric.inverse[i])
  const d = vector.length
  if (metric.kind === 'dense') {
    return size.map((_, i) => size.reduce((sum, x, j) => sum + Math.abs(metric.inverse[i * d + j]) * x, 0))
  }
  const scaled = size.map((x, i) => x * metric.scales[i])
  const out = scaled.slice()
  for (let k = 0; k < metric.rank; k++) {
    const row = metric.vectors.subarray(k * d, (k + 1) * d).map(Math.abs)
    const dot = row.reduce((sum, u, i) => sum + u * scaled[i], 0)
    row.forEach((u, i) => (out[i] += (1 + metric.eigenvalues[k]) * dot * u))
  }
  return out.map((x, i) => x * metric.scales[i])
}

/** The same for a momentum: the inverse of the root of the inverse metric, times standard normals. */
function absoluteMomentum(metric: LowRankMetric, standard: Float64Array): Float64Array {
  const eigenvalues = metric.eigenvalues.map(value => 1 / Math.sqrt(value))
  const size = absoluteProduct({ ...metric, eigenvalues, scales: new Float64Array(standard.length).fill(1) }, standard)
  return size.map((x, i) => x / metric.scales[i])
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i], 0)
const closeTo = (actual: ArrayLike<number>, expected: ArrayLike<number>, absolute: ArrayLike<number>) =>
  Array.from(actual, (x, i) => Math.abs(x - expected[i]) <= TOLERANCE * absolute[i]).every(Boolean)

/** The same random point in two spaces. */
const pointsOf = (spaces: readonly PhaseSpace[], seed: number, dimension: number): PhasePoint[] =>
  spaces.map(space =>
    placePoint(space, {
      position: normals(seed, dimension),
      momentum: normals(seed + 1, dimension),
      gradient: normals(seed + 2, dimension),
    }),
  )

describe.each(METRICS)('with a %s metric kernels do what loops do, to 1e-12 of the sum of absolute terms', (_, metricOf) => {
  it.each(DIMENSIONS)('in %i dimensions', dimension => {
    const metric = metricOf(dimension)
    const spaces = [plain(dimension), kernels(dimension)]
    for (const space of spaces) space.useMetric(metric)
    const [a, b] = pointsOf(spaces, 10, dimension)
    const bound = absoluteProduct(metric, a!.momentum)
    const accelerationBound = absoluteProduct(metric, a!.gradient)
    const twiceKinetic = [spaces[0]!.setOff(a!), spaces[1]!.setOff(b!)] as const
    expect(Math.abs(twiceKinetic[1] - twiceKinetic[0])).toBeLessThanOrEqual(TOLERANCE * dot(bound, a!.momentum.map(Math.abs)))
    expect(closeTo(b!.velocity, a!.velocity, bound)).toBe(true)

    const [nextA, nextB] = spaces.map(space => space.createPoint())
    expect(spaces[0]!.drift(nextA!, a!, 0.3)).toBe(true)
    expect(spaces[1]!.drift(nextB!, b!, 0.3)).toBe(true)
    const driftBound = bound.map((x, i) => Math.abs(a!.position[i]) + 0.3 * (x + 0.15 * accelerationBound[i]))
    expect(closeTo(nextB!.position, nextA!.position, driftBound)).toBe(true)

    const gradient = normals(20, dimension)
    for (const point of [nextA!, nextB!]) point.gradient.set(gradient)
    const kicked = [spaces[0]!.kick(nextA!, 0.3), spaces[1]!.kick(nextB!, 0.3)] as const
    const nextBound = absoluteProduct(metric, gradient).map((x, i) => bound[i] + 0.15 * (x + accelerationBound[i]))
    expect(
      closeTo(
        nextB!.momentum,
        nextA!.momentum,
        a!.momentum.map((p, i) => Math.abs(p) + 0.15 * (Math.abs(gradient[i]) + Math.abs(a!.gradient[i]))),
      ),
    ).toBe(true)
    expect(closeTo(nextB!.velocity, nextA!.velocity, nextBound)).toBe(true)
    expect(Math.abs(kicked[1] - kicked[0])).toBeLessThanOrEqual(
      TOLERANCE *
        dot(
          nextBound,
          nextA!.momentum.map(p => Math.abs(p) + 1),
        ),
    )
  })
})

describe('momenta of a low-rank metric', () => {
  it.each(DIMENSIONS.flatMap(dimension => [6, 0.7 * dimension].map(rank => [dimension, Math.min(dimension, Math.ceil(rank))] as const)))(
    'are drawn by kernels as by loops in %i dimensions with %i directions',
    (dimension, rank) => {
      const metric = lowRank(dimension, rank)
      const [byLoops, byKernels] = [plain(dimension), kernels(dimension)].map(space => {
        space.useMetric(metric)
        const point = space.createPoint()
        space.drawMomentum(point, createStream(prngKey(12)))
        return point.momentum
      })
      expect(closeTo(byKernels!, byLoops!, absoluteMomentum(metric, normals(12, dimension)))).toBe(true)
    },
  )
})

describe('joining', () => {
  it.each(DIMENSIONS)('adds up momenta and sees the same turns by loops and by kernels in %i dimensions', dimension => {
    const spaces = [plain(dimension), kernels(dimension)]
    for (const space of spaces) space.useMetric(diagonalMetric(positives(5, dimension)))
    const outcomes = new Set<boolean>()
    for (let trial = 0; trial < 40; trial++) {
      // Momenta on an arc, longer in every trial: the first trajectories go on, the last have turned.
      const drift = normals(1000 + trial, dimension)
      const [byLoops, byKernels] = spaces.map(space => {
        const points = [0, 1, 2, 3].map(k => {
          const noise = normals(2000 + 10 * trial + k, dimension)
          const point = placePoint(space, { momentum: noise.map((x, i) => Math.cos(0.05 * trial * k) * drift[i] + 0.1 * x) })
          space.setOff(point)
          return point
        })
        const stretch = (first: PhasePoint, last: PhasePoint): Stretch => {
          const momentumSum = space.createSum()
          momentumSum.values.set(first.momentum.map((p, i) => p + last.momentum[i]))
          return { first, last, momentumSum }
        }
        const leaf = (point: PhasePoint): Stretch => ({ first: point, last: point, momentumSum: point.momentumSum })
        const sum = space.createSum()
        const trees = space.join(sum, stretch(points[0]!, points[1]!), stretch(points[2]!, points[3]!))
        const ofTrees = sum.values.slice()
        const leaves = space.join(sum, leaf(points[0]!), leaf(points[1]!))
        const uneven = space.join(space.createSum(), leaf(points[0]!), stretch(points[2]!, points[3]!))
        return { trees, leaves, uneven, ofTrees, ofLeaves: sum.values.slice() }
      })
      expect(byKernels).toEqual(byLoops)
      outcomes.add(byLoops!.trees)
    }
    expect(outcomes).toEqual(new Set([true, false]))
  })

  it.each(SPACES)('takes a momentum that is not a number for a turn (%s)', (_, create) => {
    const space = create(3)
    space.useMetric(diagonalMetric(Float64Array.of(1, 1, 1)))
    const [good, bad] = [Float64Array.of(1, 1, 1), Float64Array.of(1, NaN, 1)].map(momentum => {
      const point = placePoint(space, { momentum })
      space.setOff(point)
      return { first: point, last: point, momentumSum: point.momentumSum }
    })
    expect(space.join(space.createSum(), good!, good!)).toBe(true)
    expect(space.join(space.createSum(), good!, bad!)).toBe(false)
  })
})

describe('kernels', () => {
  it('give the same bits wherever a point lies', () => {
    const dimension = 77
    const answers = [0, 1, 40].map(before => {
      const space = kernels(dimension)
      for (let k = 0; k < before; k++) space.createPoint()
      space.useMetric(lowRank(dimension, 5))
      const [point] = pointsOf([space], 1, dimension)
      const next = space.createPoint()
      const energies = [space.setOff(point!), Number(space.drift(next, point!, 0.1)), space.kick(next, 0.1)]
      return [...energies, ...next.position, ...next.velocity]
    })
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
  })

  it('forget the metric before: directions of a higher rank leave no trace', () => {
    const dimension = 40
    const products = [[lowRank(dimension, 3)], [lowRank(dimension, 30), dense(dimension), lowRank(dimension, 3)]].map(metrics => {
      const space = kernels(dimension)
      for (const metric of metrics) space.useMetric(metric)
      const [point] = pointsOf([space], 1, dimension)
      return [space.setOff(point!), ...point!.velocity, ...point!.acceleration]
    })
    expect(products[1]).toEqual(products[0])
  })

  it('leave the arrays given out before in place when the memory grows', () => {
    const space = kernels(1000)
    const first = space.createPoint()
    first.position.fill(7)
    for (let k = 0; k < 100; k++) space.createPoint()
    space.useMetric(lowRank(1000, 50))
    expect(first.position).toHaveLength(1000)
    expect(first.position.every(x => x === 7)).toBe(true)
  })
})

describe('the choice between loops and kernels', () => {
  const target = (dimension: number) => targetOf(dimension, () => 0)

  it('depends on the dimension alone', () => {
    expect(createPhaseSpace(target(31))).toBeInstanceOf(PlainSpace)
    expect(createPhaseSpace(target(32))).toBeInstanceOf(KernelSpace)
  })

  it('gives the kernels of a chain that is over to the next one of the same dimension, as new', () => {
    const first = createPhaseSpace(target(40))
    const point = first.createPoint()
    Object.assign(point, { roles: 2, logDensity: 3, energy: 4 })
    expect(createPhaseSpace(target(40))).not.toBe(first)
    releasePhaseSpace(first)
    expect(createPhaseSpace(target(41))).not.toBe(first)
    releasePhaseSpace(first)
    expect(createPhaseSpace(target(40))).toBe(first)
    expect(first.createPoint()).toBe(point)
    expect(point).toMatchObject({ roles: 0, logDensity: NaN, energy: NaN, acceleratedBy: undefined })
    expect(first.createPoint()).not.toBe(point)
    expect(createPhaseSpace(target(40))).not.toBe(first)
  })

  it('leaves the vectors in the memory of a model that has one', () => {
    const own = new Float64Array(400)
    let used = 0
    const space = createPhaseSpace({ ...target(100), hasOwnMemory: true, allocate: length => own.subarray(used, (used += length)) })
    const point = space.createPoint()
    expect(point.position.buffer).toBe(own.buffer)
    expect(point.gradient.buffer).toBe(own.buffer)
  })
})
