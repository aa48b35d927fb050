import type { KernelFunction, KernelMemory } from '@chorale/wasm'
import type { DenseMetric } from '../../metric/dense-metric.js'
import type { LowRankMetric } from '../../metric/low-rank-metric.js'
import type { PlacedVector } from '../phase-point.js'
import type { Layout } from './layout.js'
import { ROWS_AT_ONCE } from './product-kernels.js'

/** Multiplies vectors of the memory with metrics that are not diagonal, of which it holds a copy there. Addresses are those of different vectors. */
export interface MetricProduct {
  use(metric: DenseMetric | LowRankMetric): void
  /** Writes inverse metric x vector. */
  applyInto(out: number, vector: number): void
  /** Low-rank metrics only: writes a momentum, given standard normals. */
  drawInto(momentum: number, normals: number): void
}

/** Room for so many rows, each as long as a vector, and for two weights a row. */
interface RowBlock {
  readonly capacity: number
  readonly rows: PlacedVector
  /** Pairs: what a kernel multiplies by, and where it leaves a product. */
  readonly weights: PlacedVector
  readonly momentumWeights: PlacedVector
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
  let isDense = false
  let block: RowBlock | undefined
  let diagonals: Scales | undefined
  let end = 0

  const place = (length: number, room = length): PlacedVector => {
    const address = memory.reserve(8 * room)
    return { address, values: memory.view(address, length)() }
  }

  /** A block is left behind when it is too small: the next one is for ranks twice as high. */
  const blockOf = (rows: number): RowBlock => {
    if (block && block.capacity >= rows) return block
    const capacity = Math.min(2 * rows, upTo(dimension, ROWS_AT_ONCE))
    const weights = () => place(2 * capacity)
    return (block = { capacity, rows: place(capacity * rowLength), weights: weights(), momentumWeights: weights() })
  }

  /** Copies rows and fills them up with zeros to a multiple of what kernels take at once. */
  const copyRows = (matrix: Float64Array, count: number): RowBlock => {
    const filled = upTo(count, ROWS_AT_ONCE)
    const target = blockOf(filled)
    const { address, values } = target.rows
    for (let k = 0; k < count; k++) values.set(matrix.subarray(k * dimension, (k + 1) * dimension), k * rowLength)
    values.fill(0, count * rowLength, filled * rowLength)
    end = address + filled * bytes
    return target
  }

  const useLowRank = ({ vectors, rank, eigenvalues, scales }: LowRankMetric): void => {
    const { weights, momentumWeights } = copyRows(vectors, Math.max(1, rank))
    weights.values.fill(0)
    momentumWeights.values.fill(0)
    for (let k = 0; k < rank; k++) {
      weights.values[2 * k] = eigenvalues[k] - 1
      momentumWeights.values[2 * k] = 1 / Math.sqrt(eigenvalues[k]) - 1
    }
    const vector = () => place(dimension, rowLength)
    diagonals ??= { ones: vector(), scales: vector(), inverseScales: vector() }
    diagonals.ones.values.fill(1)
    for (let i = 0; i < dimension; i++) {
      diagonals.scales.values[i] = scales[i]
      diagonals.inverseScales.values[i] = 1 / scales[i]
    }
  }

  return {
    use(metric) {
      isDense = metric.kind === 'dense'
      if (metric.kind === 'dense') copyRows(metric.inverse, dimension)
      else useLowRank(metric)
    },
    applyInto(out, vector) {
      const { rows, weights } = block!
      if (isDense) {
        applyDense(out, vector, rows.address, end)
      } else {
        const { address } = diagonals!.scales
        applyLowRank(out, vector, rows.address, end, weights.address, address, address)
      }
    },
    drawInto(momentum, normals) {
      const { rows, momentumWeights } = block!
      const { ones, inverseScales } = diagonals!
      applyLowRank(momentum, normals, rows.address, end, momentumWeights.address, ones.address, inverseScales.address)
    },
  }
}
