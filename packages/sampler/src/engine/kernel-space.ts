import type { RandomStream } from '@chorale/random'
import { instantiate, kernelMemory, type KernelFunction, type KernelMemory } from '@chorale/wasm'
import type { Metric } from '../metric/metric.js'
import { buildJoin } from './kernels/join-kernels.js'
import { layoutOf, MAILBOX, type Layout } from './kernels/layout.js'
import { buildLeapfrog } from './kernels/leapfrog-kernels.js'
import { buildProducts } from './kernels/product-kernels.js'
import { createMetricProduct, type MetricProduct } from './kernels/metric-product.js'
import type { PhasePoint, PlacedVector } from './phase-point.js'
import type { PhaseSpace, Stretch } from './phase-space.js'

/** All that WebAssembly can address; only what is reserved is there. */
const MOST_BYTES = 65_536 * 65_536

interface LeapfrogKernels {
  readonly drift: KernelFunction
  readonly kick: KernelFunction
  readonly setOff: KernelFunction
}

interface AcceleratedKernels extends LeapfrogKernels {
  readonly product: MetricProduct
}

const leapfrogKernels = ({ drift, kick, setOff }: Readonly<Record<string, KernelFunction>>): LeapfrogKernels => ({ drift, kick, setOff })

function acceleratedKernels(memory: KernelMemory, layout: Layout): AcceleratedKernels {
  const kernels = instantiate(`phase space with products, ${layout.bytes} bytes a vector`, memory, module => {
    buildLeapfrog(module, layout, 'acceleration')
    buildProducts(module, layout)
  })
  return { ...leapfrogKernels(kernels), product: createMetricProduct(kernels, memory, layout) }
}

/**
 * SIMD kernels over vectors that lie in one WebAssembly memory.
 *
 * The memory is of the shared kind because that grows without emptying the arrays given out before: models and adaptation keep them.
 */
export class KernelSpace implements PhaseSpace {
  private readonly layout: Layout
  private readonly memory: KernelMemory
  private readonly mailbox: Float64Array
  /** The diagonal of the inverse metric. */
  private readonly diagonal: Float64Array
  private readonly diagonalKernels: LeapfrogKernels
  private readonly joinLeaves: KernelFunction
  private readonly joinTrees: KernelFunction
  /** Made when a metric that is not diagonal is first used. */
  private accelerated: AcceleratedKernels | undefined
  private metric: Metric | undefined
  private isDiagonal = true
  private readonly points: PhasePoint[] = []
  private readonly sums: PlacedVector[] = []
  private pointsInUse = 0
  private sumsInUse = 0

  constructor(dimension: number) {
    const layout = layoutOf(dimension)
    const memory = kernelMemory({ sharedBytes: MOST_BYTES })
    this.layout = layout
    this.memory = memory
    this.mailbox = memory.view(memory.reserve(layout.diagonal), MAILBOX.length)()
    this.diagonal = memory.view(memory.reserve(layout.bytes), dimension)()
    const kernels = instantiate(`phase space, ${layout.bytes} bytes a vector`, memory, module => {
      buildLeapfrog(module, layout, 'diagonal')
      buildJoin(module, layout)
    })
    this.diagonalKernels = leapfrogKernels(kernels)
    this.joinLeaves = kernels.joinLeaves
    this.joinTrees = kernels.joinTrees
  }

  /** Which dimension its vectors have. */
  get dimension(): number {
    return this.layout.dimension
  }

  /** Becomes as new: what it gave out will be given out again. */
  reset(): void {
    this.metric = undefined
    this.pointsInUse = 0
    this.sumsInUse = 0
  }

  createPoint(): PhasePoint {
    if (this.pointsInUse === this.points.length) this.points.push(this.reservePoint())
    const point = this.points[this.pointsInUse++]
    point.acceleratedBy = undefined
    point.logDensity = NaN
    point.energy = NaN
    point.roles = 0
    return point
  }

  createSum(): PlacedVector {
    if (this.sumsInUse === this.sums.length) this.sums.push(this.reserveSum())
    return this.sums[this.sumsInUse++]
  }

  private reservePoint(): PhasePoint {
    const { layout, memory } = this
    const address = memory.reserve(layout.pointBytes)
    const vector = (offset: number) => memory.view(address + offset, layout.dimension)()
    const momentum = vector(layout.momentum)
    return {
      position: vector(layout.position),
      momentum,
      momentumSum: { values: momentum, address: address + layout.momentum },
      velocity: vector(layout.velocity),
      gradient: vector(layout.gradient),
      acceleration: vector(layout.acceleration),
      acceleratedBy: undefined,
      address,
      logDensity: NaN,
      energy: NaN,
      roles: 0,
    }
  }

  private reserveSum(): PlacedVector {
    const address = this.memory.reserve(this.layout.bytes)
    return { values: this.memory.view(address, this.layout.dimension)(), address }
  }

  useMetric(metric: Metric): void {
    if (metric === this.metric) return
    this.metric = metric
    this.isDiagonal = metric.kind === 'diagonal'
    if (metric.kind === 'diagonal') {
      this.diagonal.set(metric.inverse)
    } else {
      this.accelerated ??= acceleratedKernels(this.memory, this.layout)
      this.accelerated.product.use(metric)
    }
  }

  drawMomentum({ address, momentum, velocity }: PhasePoint, stream: RandomStream): void {
    const metric = this.metric!
    if (metric.kind === 'low-rank') {
      const { layout } = this
      stream.normalsInto(velocity)
      this.accelerated!.product.drawInto(address + layout.momentum, address + layout.velocity)
    } else {
      metric.momentumInto(momentum, stream)
    }
  }

  setOff(point: PhasePoint): number {
    const { address } = point
    if (this.isDiagonal) {
      this.diagonalKernels.setOff(address)
    } else {
      const { layout } = this
      const { product, setOff } = this.accelerated!
      product.applyInto(address + layout.velocity, address + layout.momentum)
      if (point.acceleratedBy !== this.metric) {
        product.applyInto(address + layout.acceleration, address + layout.gradient)
        point.acceleratedBy = this.metric
      }
      setOff(address)
    }
    return this.mailbox[MAILBOX.answer]
  }

  drift(next: PhasePoint, from: PhasePoint, stepSize: number): boolean {
    // An infinite step would make NaN of the zeros that fill vectors up.
    if (!Number.isFinite(stepSize)) return false
    const { mailbox } = this
    mailbox[MAILBOX.halfStep] = 0.5 * stepSize
    mailbox[MAILBOX.step] = stepSize
    if (this.isDiagonal) this.diagonalKernels.drift(next.address, from.address)
    else this.accelerated!.drift(next.address, from.address)
    return mailbox[MAILBOX.answer] === 0
  }

  kick(next: PhasePoint, stepSize: number): number {
    const { mailbox } = this
    const { address } = next
    mailbox[MAILBOX.halfStep] = 0.5 * stepSize
    if (this.isDiagonal) {
      this.diagonalKernels.kick(address)
    } else {
      const { layout } = this
      const { product, kick } = this.accelerated!
      product.applyInto(address + layout.acceleration, address + layout.gradient)
      next.acceleratedBy = this.metric
      kick(address)
    }
    return mailbox[MAILBOX.answer]
  }

  join(sum: PlacedVector, left: Stretch, right: Stretch): boolean {
    const { first, last } = left
    const { first: rightFirst, last: rightLast } = right
    if (first === last && rightFirst === rightLast) {
      this.joinLeaves(sum.address, first.address, rightFirst.address)
    } else {
      const { address: leftSum } = left.momentumSum
      const { address: rightSum } = right.momentumSum
      this.joinTrees(sum.address, leftSum, rightSum, first.address, last.address, rightFirst.address, rightLast.address)
    }
    return this.mailbox[MAILBOX.answer] > 0
  }
}
