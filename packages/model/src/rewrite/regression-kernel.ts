import { pairwiseSum, sumBlocksPairwise } from '../blocks/pairwise.js'
import type { Kernel } from '../kernels/kernel.js'
import type { RegressionKernel } from '../wasm/regression-kernel.js'

/**
 * The log likelihood of a regression as a kernel: coefficients [D] -> []. Value and gradient are found in one pass over the rows, blocks of 4096 added
 * pairwise. `create` makes a kernel on packed data with working memory of its own.
 */
export function regressionKernelOf(name: string, create: () => RegressionKernel): Kernel {
  return {
    name,
    instantiate() {
      const kernel = create()
      const { columns } = kernel
      let arena: Float64Array = new Float64Array(0)
      let beta: Float64Array = arena
      const record = new Float64Array(1 + columns)
      const workspace = pairwiseSum(1 + columns)
      const evaluate = (block: number, into: Float64Array): void => {
        kernel.block(block, beta, into)
      }
      return {
        shape: [],
        forward(values, out, [at]) {
          if (values !== arena || beta.byteOffset !== values.byteOffset + 8 * at) beta = values.subarray(at, at + columns)
          arena = values
          if (kernel.blocks === 1) kernel.block(0, beta, record)
          else sumBlocksPairwise(record, kernel.blocks, evaluate, workspace)
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
