import type { RandomStream } from '@chorale/random'
import type { Metric } from '../metric/metric.js'
import type { PhasePoint, PlacedVector } from './phase-point.js'
import type { PhaseSpace, Stretch } from './phase-space.js'
import type { Target } from './target.js'

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

/** Loops over vectors that the model allocates: for few dimensions, and for models with a memory of their own. */
export class PlainSpace implements PhaseSpace {
  private readonly target: Target
  private metric: Metric | undefined
  /** The diagonal of the inverse metric; null when it is not diagonal. */
  private inverse: Float64Array | null = null

  constructor(target: Target) {
    this.target = target
  }

  createPoint(): PhasePoint {
    const { target } = this
    const { dimension } = target
    const momentum = new Float64Array(dimension)
    return {
      position: target.allocate(dimension),
      momentum,
      momentumSum: { values: momentum, address: 0 },
      velocity: new Float64Array(dimension),
      gradient: target.allocate(dimension),
      acceleration: new Float64Array(dimension),
      acceleratedBy: undefined,
      address: 0,
      logDensity: NaN,
      energy: NaN,
      roles: 0,
    }
  }

  createSum(): PlacedVector {
    return { values: new Float64Array(this.target.dimension), address: 0 }
  }

  useMetric(metric: Metric): void {
    this.metric = metric
    this.inverse = metric.kind === 'diagonal' ? metric.inverse : null
  }

  drawMomentum({ momentum }: PhasePoint, stream: RandomStream): void {
    this.metric!.momentumInto(momentum, stream)
  }

  setOff(point: PhasePoint): number {
    const { momentum, velocity, gradient, acceleration } = point
    const metric = this.metric!
    metric.velocityInto(velocity, momentum)
    if (this.inverse === null && point.acceleratedBy !== metric) {
      metric.velocityInto(acceleration, gradient)
      point.acceleratedBy = metric
    }
    return dot(momentum, velocity)
  }

  drift(next: PhasePoint, from: PhasePoint, stepSize: number): boolean {
    const half = 0.5 * stepSize
    const { inverse } = this
    const { position, momentum, velocity } = next
    const { position: oldPosition, momentum: oldMomentum, velocity: oldVelocity, gradient, acceleration } = from
    const d = position.length
    let nanUnlessFinite = 0
    if (inverse !== null) {
      for (let i = 0; i < d; i++) {
        const p = oldMomentum[i] + half * gradient[i]
        const x = oldPosition[i] + stepSize * (inverse[i] * p)
        momentum[i] = p
        position[i] = x
        nanUnlessFinite += x - x
      }
    } else {
      for (let i = 0; i < d; i++) {
        const v = oldVelocity[i] + half * acceleration[i]
        const x = oldPosition[i] + stepSize * v
        momentum[i] = oldMomentum[i] + half * gradient[i]
        velocity[i] = v
        position[i] = x
        nanUnlessFinite += x - x
      }
    }
    return nanUnlessFinite === 0
  }

  kick(next: PhasePoint, stepSize: number): number {
    const half = 0.5 * stepSize
    const { inverse } = this
    const { momentum, velocity, gradient, acceleration } = next
    const d = momentum.length
    let twiceKinetic = 0
    if (inverse !== null) {
      for (let i = 0; i < d; i++) {
        const p = momentum[i] + half * gradient[i]
        const v = inverse[i] * p
        momentum[i] = p
        velocity[i] = v
        twiceKinetic += p * v
      }
    } else {
      this.metric!.velocityInto(acceleration, gradient)
      next.acceleratedBy = this.metric
      for (let i = 0; i < d; i++) {
        const p = momentum[i] + half * gradient[i]
        const v = velocity[i] + half * acceleration[i]
        momentum[i] = p
        velocity[i] = v
        twiceKinetic += p * v
      }
    }
    return twiceKinetic
  }

  join(sum: PlacedVector, left: Stretch, right: Stretch): boolean {
    const all = sum.values
    const leftSum = left.momentumSum.values
    const rightSum = right.momentumSum.values
    const start = left.first.velocity
    const end = right.last.velocity
    const d = all.length
    let atStart = 0
    let atEnd = 0
    for (let i = 0; i < d; i++) {
      const p = leftSum[i] + rightSum[i]
      all[i] = p
      atStart += start[i] * p
      atEnd += end[i] * p
    }
    if (!(atStart > 0 && atEnd > 0)) return false
    const bothAreLeaves = left.first === left.last && right.first === right.last
    return bothAreLeaves || goesOnAcross(left, right)
  }
}

/** The criterion for `left` with the first point of `right`, and for the last point of `left` with `right`. */
function goesOnAcross(left: Stretch, right: Stretch): boolean {
  const start = left.first.velocity
  const end = right.last.velocity
  const leftSum = left.momentumSum.values
  const rightSum = right.momentumSum.values
  const { momentum: leftMomentum, velocity: leftVelocity } = left.last
  const { momentum: rightMomentum, velocity: rightVelocity } = right.first
  let a = 0
  let b = 0
  let c = 0
  let e = 0
  for (let i = 0; i < start.length; i++) {
    const leftAndOne = leftSum[i] + rightMomentum[i]
    const oneAndRight = leftMomentum[i] + rightSum[i]
    a += start[i] * leftAndOne
    b += rightVelocity[i] * leftAndOne
    c += leftVelocity[i] * oneAndRight
    e += end[i] * oneAndRight
  }
  return a > 0 && b > 0 && c > 0 && e > 0
}
