import type { KernelFunction, KernelMemory } from '@chorale/wasm'
import type { DenseMetric } from '../../metric/dense-metric.js'
import type { LowRankMetric } from '../../metric/low-rank-metric.js'
import type { PlacedVector } from '../phase-point.js'
import type { Layout } from './layout.js'
import { ROWS_AT_ONCE } from './product-kernels.js'
import { isCheaperWhole, wholeInverse, wholeMomentumRoot } from './whole-matrix.js'

/** Multiplies vectors of the memory with metrics that are not diagonal, of which it holds a copy there. Addresses are those of different vectors. */
export interface MetricProduct {
  use(metric: DenseMetric | LowRankMetric): void
  /** Writes inverse metric x vector. */
  applyInto(out: number, vector: number): void
  /** Low-rank metrics only: writes a momentum, given standard normals. */
  drawInto(momentum: number, normals: number): void
}

/** Room for rows, each as long as a vector. What is there is filled up with zeros to a multiple of what kernels take at once. */
interface RowBlock {
  readonly capacity: number
  readonly rows: PlacedVector
  readonly end: number
}

/** Pairs, one a row: what a kernel multiplies by, and where it leaves a product. */
interface Weights {
  readonly capacity: number
  readonly inverse: PlacedVector
  readonly momentum: PlacedVector
}

interface Scales {
  readonly ones: PlacedVector
  readonly scales: PlacedVector
  readonly inverseScales: PlacedVector
}

const upTo = (count: number, multiple: number): number => Math.ceil(count / multiple) * multiple

export function createMetricProduct(
  kernels: Readonly<Record<string, KernelFunction>>,
  memory: KernelMemory,
  layout: Layout,
): MetricProduct {
  const { applyDense, applyLowRank } = kernels
  const { dimension, bytes } = layout
  const rowLength = bytes / 8
  let isWhole = false
  /** The inverse metric, or the directions of one of low rank. */
  let block: RowBlock | undefined
  /** What makes momenta of standard normals, where a low-rank metric is used as a whole matrix. */
  let rootBlock: RowBlock | undefined
  let weights: Weights | undefined
  let diagonals: Scales | undefined

  const place = (length: number, room = length): PlacedVector => {
    const address = memory.reserve(8 * room)
    return { address, values: memory.view(address, length)() }
  }

  /** Copies rows into a block, a new one where that is too small: it is left behind, and the next one is for ranks twice as high. */
  const copyRows = (present: RowBlock | undefined, matrix: Float64Array, count: number): RowBlock => {
    const filled = upTo(count, ROWS_AT_ONCE)
    const capacity = present && present.capacity >= filled ? present.capacity : Math.min(2 * filled, upTo(dimension, ROWS_AT_ONCE))
    const rows = present?.capacity === capacity ? present.rows : place(capacity * rowLength)
    for (let k = 0; k < count; k++) rows.values.set(matrix.subarray(k * dimension, (k + 1) * dimension), k * rowLength)
    rows.values.fill(0, count * rowLength, filled * rowLength)
    return { capacity, rows, end: rows.address + filled * bytes }
  }

  const useDirections = ({ vectors, rank, eigenvalues, scales }: LowRankMetric): void => {
    block = copyRows(block, vectors, Math.max(1, rank))
    const { capacity } = block
    if (weights?.capacity !== capacity) weights = { capacity, inverse: place(2 * capacity), momentum: place(2 * capacity) }
    weights.inverse.values.fill(0)
    weights.momentum.values.fill(0)
    for (let k = 0; k < rank; k++) {
      weights.inverse.values[2 * k] = eigenvalues[k] - 1
      weights.momentum.values[2 * k] = 1 / Math.sqrt(eigenvalues[k]) - 1
    }
    const vector = () => place(dimension, rowLength)
    diagonals ??= { ones: vector(), scales: vector(), inverseScales: vector() }
    diagonals.ones.values.fill(1)
    for (let i = 0; i < dimension; i++) {
      diagonals.scales.values[i] = scales[i]
      diagonals.inverseScales.values[i] = 1 / scales[i]
    }
  }

  const useWhole = (metric: DenseMetric | LowRankMetric): void => {
    block = copyRows(block, metric.kind === 'dense' ? metric.inverse : wholeInverse(metric), dimension)
    if (metric.kind === 'low-rank') rootBlock = copyRows(rootBlock, wholeMomentumRoot(metric), dimension)
  }

  return {
    use(metric) {
      isWhole = metric.kind === 'dense' || isCheaperWhole(metric)
      if (metric.kind === 'dense' || isWhole) useWhole(metric)
      else useDirections(metric)
    },
    applyInto(out, vector) {
      const { rows, end } = block!
      if (isWhole) {
        applyDense(out, vector, rows.address, end)
      } else {
        const { address } = diagonals!.scales
        applyLowRank(out, vector, rows.address, end, weights!.inverse.address, address, address)
      }
    },
    drawInto(momentum, normals) {
      if (isWhole) {
        applyDense(momentum, normals, rootBlock!.rows.address, rootBlock!.end)
      } else {
        const { ones, inverseScales } = diagonals!
        applyLowRank(momentum, normals, block!.rows.address, block!.end, weights!.momentum.address, ones.address, inverseScales.address)
      }
    },
  }
}
