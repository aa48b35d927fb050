import { kernelMemory, type KernelMemory } from '@chorale/wasm'
import { vectorColumn, type DesignMatrix } from './design-matrix.js'
import { buildPoisson } from './poisson-module.js'
import {
  packRegression,
  regressionKernel,
  regressionWorkBytes,
  type RegressionFamily,
  type RegressionKernel,
  type RegressionLayout,
} from './regression-kernel.js'

/** The data of a Poisson regression with log link. */
export interface PoissonData {
  readonly design: DesignMatrix
  /** Counts, one a row. */
  readonly response: Float64Array
  /** Added to the linear predictor (log exposure), one a row. Default: none. */
  readonly offset?: Float64Array
}

const poisson: RegressionFamily = {
  name: 'poisson',
  build: buildPoisson,
  // A row of zeros contributed -exp(0).
  logLikelihood: (state, _words, { padding }) => state[0] + state[1] + padding + (state[2] + state[3]),
}

/** Copies the data into `memory`, in tiles. Error: CHORALE_WASM_MEMORY. */
export const packPoisson = ({ design, response, offset }: PoissonData, memory: KernelMemory): RegressionLayout =>
  packRegression(design, [vectorColumn(response), ...(offset ? [vectorColumn(offset)] : [])], memory)

/** A kernel on packed data, which threads may share. `work`: address of `regressionWorkBytes(layout)` bytes that belong to it alone. */
export const poissonKernel = (layout: RegressionLayout, memory: KernelMemory, work: number): RegressionKernel =>
  regressionKernel(layout, poisson, memory, work)

/**
 * Packs the data and makes a kernel, in `memory` or a memory of its own. The log likelihood lacks the constant -sum(log y!); it is -Infinity when a
 * linear predictor is above 690. Error: CHORALE_WASM_MEMORY.
 */
export const poissonRegression = (data: PoissonData, memory: KernelMemory = kernelMemory()): RegressionKernel => {
  const layout = packPoisson(data, memory)
  return poissonKernel(layout, memory, memory.reserve(regressionWorkBytes(layout)))
}
