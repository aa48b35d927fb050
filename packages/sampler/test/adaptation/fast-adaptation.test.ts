import { describe, expect, it } from 'vitest'
import type { Adaptation } from '../../src/adaptation/adaptation.js'
import { createAdaptation, type AdaptationOptions } from '../../src/adaptation/create-adaptation.js'
import { fastSchedule } from '../../src/adaptation/fast-schedule.js'
import type { PhasePoint } from '../../src/engine/phase-point.js'
import type { DiagonalMetric } from '../../src/metric/diagonal-metric.js'
import { normalPoints, pointAt, transitionOf, withScales, withSpikes } from './points.js'

const SDS = [10, 0.1, 1, 3]
const points = normalPoints(600, 1, 4, withScales(SDS))

const adaptationOf = (more: Partial<AdaptationOptions> = {}): Adaptation =>
  createAdaptation({ dimension: 4, warmup: 400, targetAcceptProb: 0.8, start: { gradient: points[0]!.gradient }, ...more })

/** One iteration; acceptance probabilities go round so that step sizes move. */
function learnFrom(adaptation: Adaptation, iteration: number, point: PhasePoint, diverging = false): void {
  if (adaptation.needsStepSize) adaptation.restartStepSize(0.3)
  adaptation.learn(iteration, transitionOf(0.6 + 0.05 * (iteration % 8), diverging), point)
}

const iterationsUntilOver = (adaptation: Adaptation, pointOf: (iteration: number) => PhasePoint): number => {
  let iteration = 0
  for (; !adaptation.isOver; iteration++) learnFrom(adaptation, iteration, pointOf(iteration))
  return iteration
}

describe('the plan of a fast warm-up', () => {
  it('switches quickly for 30 % and leaves 15 %, at least 60 iterations, to the step size', () => {
    expect(fastSchedule(400)).toEqual({ warmup: 400, earlyEnd: 120, finalStart: 340 })
    expect(fastSchedule(1000)).toEqual({ warmup: 1000, earlyEnd: 300, finalStart: 850 })
    expect(fastSchedule(200)).toEqual({ warmup: 200, earlyEnd: 60, finalStart: 140 })
    expect(fastSchedule(50)).toEqual({ warmup: 50, earlyEnd: 15, finalStart: 25 })
    expect(fastSchedule(0)).toEqual({ warmup: 0, earlyEnd: 0, finalStart: 0 })
  })
})

describe('fast adaptation', () => {
  it('finds the variances of independent normals', () => {
    const adaptation = adaptationOf({ metric: 'diagonal' })
    expect(iterationsUntilOver(adaptation, i => points[i]!)).toBe(400)
    ;(adaptation.metric as DiagonalMetric).inverse.forEach((v, i) => expect(v / (SDS[i]! * SDS[i]!)).toBeCloseTo(1, 2))
  })

  it('keeps the metric fixed at the end and asks for one search after the first change only', () => {
    const adaptation = adaptationOf({ metric: 'diagonal' })
    const searches: number[] = []
    const metrics = new Map<number, unknown>()
    for (let i = 0; i < 400; i++) {
      if (adaptation.needsStepSize) searches.push(i)
      learnFrom(adaptation, i, points[i]!)
      metrics.set(i, adaptation.metric)
    }
    expect(searches).toEqual([0, 3])
    expect(metrics.get(399)).toBe(metrics.get(340))
    expect(metrics.get(339)).not.toBe(metrics.get(330))
  })

  it('learns nothing about the metric from divergences or from staying in place', () => {
    const stuck = adaptationOf()
    const diverging = adaptationOf()
    const [first, second] = [stuck.metric, diverging.metric]
    for (let i = 0; i < 300; i++) {
      learnFrom(stuck, i, points[0]!)
      learnFrom(diverging, i, points[i]!, true)
    }
    expect(stuck.metric).toBe(first)
    expect(diverging.metric).toBe(second)
  })

  it('stays finite where gradients are equal or draws do not move', () => {
    const adaptation = adaptationOf()
    iterationsUntilOver(adaptation, i => pointAt([i, 1, Math.sin(i), 2], [1, 1, -Math.sin(i), Math.cos(i)], i))
    const saved = Object.values(adaptation.metric.save()).flatMap(vector => [...vector])
    expect(saved.every(Number.isFinite)).toBe(true)
    const velocity = new Float64Array(4)
    adaptation.metric.velocityInto(velocity, Float64Array.of(1, -1, 1, -1))
    expect(velocity.every(Number.isFinite)).toBe(true)
  })

  it('chooses low rank for strong correlations and a diagonal for none', () => {
    const dimension = 10
    const vector = new Float64Array(dimension).fill(1 / Math.sqrt(dimension))
    const correlated = normalPoints(400, 4, dimension, withSpikes([{ vector, variance: 400 }]))
    const independent = normalPoints(400, 4, dimension, withScales(new Float64Array(dimension).fill(2)))
    const kinds = [correlated, independent].map(drawn => {
      const adaptation = adaptationOf({ dimension, start: { gradient: drawn[0]!.gradient } })
      iterationsUntilOver(adaptation, i => drawn[i]!)
      return adaptation.metric.kind
    })
    expect(kinds).toEqual(['low-rank', 'diagonal'])
  })

  it('learns a dense metric only once there are more draws than dimensions', () => {
    const dimension = 5
    const drawn = normalPoints(400, 6, dimension, withScales(new Float64Array(dimension).fill(1)))
    const short = adaptationOf({ dimension, metric: 'dense', warmup: 8, start: { gradient: drawn[0]!.gradient } })
    iterationsUntilOver(short, i => drawn[i]!)
    expect(short.metric.kind).toBe('diagonal')
    const long = adaptationOf({ dimension, metric: 'dense', start: { gradient: drawn[0]!.gradient } })
    iterationsUntilOver(long, i => drawn[i]!)
    expect(long.metric.kind).toBe('dense')
  })
})

describe('an early stop', () => {
  it('comes at 200 iterations when log densities are level', () => {
    expect(iterationsUntilOver(adaptationOf({ earlyStop: true }), i => points[i]!)).toBe(200)
  })

  it('does not come without being asked for, nor while log densities rise', () => {
    expect(iterationsUntilOver(adaptationOf(), i => points[i]!)).toBe(400)
    const rising = (i: number) => ({ ...points[i]!, logDensity: points[i]!.logDensity + i })
    expect(iterationsUntilOver(adaptationOf({ earlyStop: true }), rising)).toBe(400)
  })

  it('is taken back when log densities move on', () => {
    const late = (i: number) => ({ ...points[i]!, logDensity: points[i]!.logDensity + Math.max(0, i - 150) })
    const adaptation = adaptationOf({ earlyStop: true })
    let atFix: unknown
    let afterwards: unknown
    const used = iterationsUntilOver(adaptation, i => {
      if (i === 145) atFix = adaptation.metric
      if (i === 300) afterwards = adaptation.metric
      return late(i)
    })
    expect(used).toBe(400)
    expect(afterwards).not.toBe(atFix)
  })
})

describe('a saved adaptation', () => {
  const cases = (['fast', 'stan'] as const).flatMap(adaptation =>
    (['diagonal', 'dense', 'low-rank', 'auto'] as const).map(metric => ({ adaptation, metric })),
  )

  it.each(cases)('goes on to the bit after any iteration: $adaptation, $metric', kind => {
    const dimension = 4
    const vector = new Float64Array(dimension).fill(0.5)
    const drawn = normalPoints(200, 8, dimension, withSpikes([{ vector, variance: 400 }]))
    const options = { dimension, warmup: 150, earlyStop: true, start: { gradient: drawn[0]!.gradient }, ...kind }
    const trace = (adaptation: Adaptation) => [
      adaptation.metric.kind,
      ...Object.values(adaptation.metric.save()).flatMap(vector => [...vector]),
      adaptation.stepSize,
      adaptation.finalStepSize,
      adaptation.needsStepSize,
      adaptation.isOver,
    ]
    const whole = adaptationOf(options)
    let interrupted = adaptationOf(options)
    for (let i = 0; !whole.isOver; i++) {
      learnFrom(whole, i, drawn[i]!)
      const saved = structuredClone(interrupted.save())
      interrupted = adaptationOf({ ...options, start: { gradient: new Float64Array(dimension).fill(1) } })
      interrupted.restore(saved)
      learnFrom(interrupted, i, drawn[i]!)
      expect(trace(interrupted)).toEqual(trace(whole))
    }
  })
})

describe('a given start', () => {
  it('is the first metric', () => {
    const variances = Float64Array.of(1, 2, 3, 4)
    expect((adaptationOf({ start: { gradient: variances, variances } }).metric as DiagonalMetric).inverse).toEqual(variances)
    const matrix = Float64Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? 2 : 1))
    for (const adaptation of ['fast', 'stan'] as const) {
      const given = adaptationOf({ adaptation, start: { gradient: variances, inverseMetric: matrix } })
      expect(given.metric).toMatchObject({ kind: 'dense', inverse: matrix })
    }
  })

  it('must fit the dimension, be positive and be positive definite', () => {
    const gradient = new Float64Array(4)
    const made = (start: AdaptationOptions['start']) => () => adaptationOf({ start })
    expect(made({ gradient: new Float64Array(3) })).toThrow('gradient has 3 values, not 4')
    expect(made({ gradient, variances: Float64Array.of(1, 1, 0, 1) })).toThrow('variances[2] must be positive and finite, not 0')
    expect(made({ gradient, inverseMetric: new Float64Array(5) })).toThrow('inverseMetric has 5 values, not 4 or 16')
    expect(made({ gradient, inverseMetric: new Float64Array(16) })).toThrow('not a positive definite matrix')
  })
})
