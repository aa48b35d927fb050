import { kernelMemory, type KernelMemory } from '@chorale/wasm'
import { applyTo } from '../expression/linear-algebra.js'
import type { Value } from '../expression/value.js'
import type { ConstantNode, Node } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'
import { lgamma } from '../special/index.js'
import { productEngine } from '../wasm/choice.js'
import { columnCount as designColumns, rowsOfDesign, type DesignMatrix } from '../wasm/design-matrix.js'
import { logisticKernel, packLogistic } from '../wasm/logistic-regression.js'
import { packPoisson, poissonKernel } from '../wasm/poisson-regression.js'
import { regressionWorkBytes, type RegressionKernel, type RegressionLayout } from '../wasm/regression-kernel.js'
import { blockRows } from '../wasm/tiles.js'
import type { Attempt, Observation } from './attempt.js'
import { coefficients, denseDesign } from './dense-design.js'
import { columnCount, linearForm, obstacle } from './linear-form.js'
import { regressionKernelOf, type RegressionRows } from './regression-kernel.js'

interface Data {
  readonly design: DesignMatrix
  readonly response: Float64Array
  readonly offset?: Float64Array
}

/** A likelihood that has a fused kernel. */
interface Family {
  readonly engine: 'logistic' | 'poisson'
  readonly words: string
  /** The linear predictor, if the distribution is of the family. */
  readonly predictor: (distribution: Observation['distribution']) => Node | undefined
  /** Log likelihood of the coefficients [D]. The data are packed when it is first computed, and the originals not kept. */
  readonly logLikelihood: (data: Data, beta: Value) => Value
}

type Pack = (data: Data, memory: KernelMemory) => RegressionLayout
type CreateKernel = (layout: RegressionLayout, memory: KernelMemory, work: number) => RegressionKernel

/** The rows of these data, packed once for all kernels on them: programs of one shard with and without some priors use the same. */
function rowsOf(data: Data, pack: Pack, create: CreateKernel): RegressionRows {
  const { rows } = data.design
  let original: Data | undefined = data
  let packed: { readonly from: number; readonly to: number; readonly layout: RegressionLayout; readonly memory: KernelMemory } | undefined
  return {
    rows,
    columns: designColumns(data.design),
    create(from, to) {
      if (packed === undefined) {
        const memory = kernelMemory()
        packed = { from, to, memory, layout: pack(dataRows(original!, from * blockRows, Math.min(rows, to * blockRows)), memory) }
        original = undefined
      }
      if (packed.from !== from || packed.to !== to) throw new Error(`blocks ${from} to ${to} of a regression are not packed, others are`)
      return create(packed.layout, packed.memory, packed.memory.reserve(regressionWorkBytes(packed.layout)))
    },
  }
}

const dataRows = ({ design, response, offset }: Data, first: number, end: number): Data => ({
  design: rowsOfDesign(design, first, end),
  response: response.subarray(first, end),
  ...(offset && { offset: offset.subarray(first, end) }),
})

const families: readonly Family[] = [
  {
    engine: 'logistic',
    words: 'Bernoulli with logits',
    predictor: ({ name, arguments: given }) =>
      name === 'bernoulliLogit' ? given['logits']?.node : name === 'bernoulli' ? argumentOf('logistic', given['probability']) : undefined,
    logLikelihood: (data, beta) => applyTo(regressionKernelOf('logisticRegression', rowsOf(data, packLogistic, logisticKernel)), beta),
  },
  {
    engine: 'poisson',
    words: 'Poisson with log rates',
    predictor: ({ name, arguments: given }) =>
      name === 'poissonLog' ? given['logRate']?.node : name === 'poisson' ? argumentOf('exp', given['rate']) : undefined,
    logLikelihood(data, beta) {
      const kernel = regressionKernelOf('poissonRegression', rowsOf(data, packPoisson, poissonKernel))
      return applyTo(kernel, beta).sub(data.response.reduce((sum, count) => sum + lgamma(count + 1), 0))
    },
  },
]

/**
 * A Bernoulli or Poisson likelihood whose linear predictor is dense, by a fused WebAssembly kernel. The choice is a function of the shapes alone. undefined
 * where the likelihood is another.
 */
export function regressionTerm({ distribution, observed, weight }: Observation, rows: Plate): Attempt | undefined {
  for (const { engine, words, predictor, logLikelihood } of families) {
    const node = predictor(distribution)
    if (node === undefined) continue
    if (observed.event.length > 0) return { declined: `${words}: the site has several numbers for each row` }
    if (weight !== undefined) return { declined: `${words}: the site has a weight` }
    const form = linearForm(node, rows)
    if (form === undefined || form.parts.length === 0) return { declined: `${words}, which no fused kernel has: ${obstacle(node)}` }
    const columns = columnCount(form)
    if (productEngine(engine, rows.size, columns) !== 'wasm')
      return { declined: `${words}: ${rows.size} rows x ${columns} columns are too small for WebAssembly to pay` }
    const data = {
      design: denseDesign(form, rows.size),
      response: (observed.node as ConstantNode).values,
      ...(form.offset && { offset: form.offset }),
    }
    return {
      node: logLikelihood(data, coefficients(form)).node,
      kernel: `${engine} regression (WebAssembly SIMD)`,
      reason: `${words} linear in ${columns} parameters, ${rows.size} rows`,
    }
  }
  return undefined
}

/** x where the argument is `name`(x). */
const argumentOf = (name: string, argument: Value | undefined): Node | undefined =>
  argument?.node.op === 'elementwise' && argument.node.operator.name === name ? argument.node.inputs[0] : undefined
