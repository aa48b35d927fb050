import { kernelMemory, type KernelMemory } from '@chorale/wasm'
import { vectorColumn, type DesignMatrix } from './design-matrix.js'
import { buildLogistic } from './logistic-module.js'
import {
  packRegression,
  regressionKernel,
  regressionWorkBytes,
  type RegressionFamily,
  type RegressionKernel,
  type RegressionLayout,
} from './regression-kernel.js'

/** The data of a Bernoulli regression with logit link. */
export interface LogisticData {
  readonly design: DesignMatrix
  /** 0 or 1, one a row: nothing else is checked for, since observed values are, against the support of their distribution. */
  readonly response: Float64Array
  /** Added to the linear predictor, one a row. Default: none. */
  readonly offset?: Float64Array
}

const exponentBias = 1023

const logistic: RegressionFamily = {
  name: 'logistic',
  build: buildLogistic,
  logLikelihood: (state, words, { padding }, tiles) => {
    // Each tile added two biased exponents; a row of zeros contributed a factor of one half.
    const exponent = words[4] + words[6] - 2 * exponentBias * tiles + padding
    return Math.log(state[0]) + Math.log(state[1]) + exponent * Math.LN2 + (state[4] + state[5])
  },
}

/**
 * Copies the data into `memory`, repacked for the kernel: rows times 2 y - 1, in tiles.
 *
 * Error: CHORALE_WASM_MEMORY when the memory ends.
 */
export const packLogistic = ({ design, response, offset }: LogisticData, memory: KernelMemory): RegressionLayout => {
  const signs = new Float64Array(design.rows)
  for (let i = 0; i < signs.length; i++) signs[i] = 2 * response[i] - 1
  return packRegression(design, offset ? [vectorColumn(offset)] : [], memory, signs)
}

/** A kernel on packed data, which threads may share. `work`: address of `regressionWorkBytes(layout)` bytes that belong to it alone. */
export const logisticKernel = (layout: RegressionLayout, memory: KernelMemory, work: number): RegressionKernel =>
  regressionKernel(layout, logistic, memory, work)

/**
 * Packs the data and makes a kernel, in `memory` or a memory of its own. The log likelihood is right to 1e-14 relative or 2e-16 a row, whichever is
 * larger, for linear predictors of any size. Errors: those of `packLogistic`.
 */
export const logisticRegression = (data: LogisticData, memory: KernelMemory = kernelMemory()): RegressionKernel => {
  const layout = packLogistic(data, memory)
  return logisticKernel(layout, memory, memory.reserve(regressionWorkBytes(layout)))
}
