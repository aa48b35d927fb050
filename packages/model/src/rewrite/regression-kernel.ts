import { blockSum } from '../blocks/block-sum.js'
import type { Kernel } from '../kernels/kernel.js'
import type { RegressionKernel } from '../wasm/regression-kernel.js'
import { blockRows } from '../wasm/tiles.js'

/** The rows of a regression, not packed yet. */
export interface RegressionRows {
  readonly rows: number
  /** Number of coefficients D. */
  readonly columns: number
  /** A kernel on the blocks `from` to `to` (exclusive), with working memory of its own. It counts its blocks from 0. */
  create(from: number, to: number): RegressionKernel
}

/**
 * The log likelihood of a regression as a kernel: coefficients [D] -> []. Value and gradient are found in one pass over the rows, blocks of 4096 added
 * pairwise. Rows are packed when the density is first evaluated: then it is known which of them this thread needs.
 */
export function regressionKernelOf(name: string, { rows, columns, create }: RegressionRows): Kernel {
  return {
    name,
    instantiate() {
      const sum = blockSum({ blocks: Math.ceil(rows / blockRows), length: 1 + columns })
      const record = new Float64Array(1 + columns)
      let kernel: RegressionKernel | undefined
      let first = 0
      let arena: Float64Array = new Float64Array(0)
      let beta: Float64Array = arena
      const packed = (): RegressionKernel => {
        const { from, to } = sum.part
        first = from
        return (kernel = create(from, to))
      }
      const evaluate = (block: number, into: Float64Array): void => (kernel ?? packed()).block(block - first, beta, into)
      return {
        shape: [],
        ...(sum.blocks > 1 ? { blocks: sum } : {}),
        forward(values, out, [at]) {
          if (values !== arena || beta.byteOffset !== values.byteOffset + 8 * at) beta = values.subarray(at, at + columns)
          arena = values
          if (sum.blocks === 1) evaluate(0, record)
          else sum.totalInto(record, evaluate)
          values[out] = record[0]
        },
        reverse(_values, adjoints, out, [at], [wanted]) {
          if (!wanted) return
          const adjoint = adjoints[out]
          for (let j = 0; j < columns; j++) adjoints[at + j] += adjoint * record[1 + j]
        },
      }
    },
  }
}
