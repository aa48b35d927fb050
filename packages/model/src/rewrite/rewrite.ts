import type { DensityProgram, DensityTerm } from '../compiler/program.js'
import type { Attempt, Observation } from './attempt.js'
import { designs } from './designs.js'
import { fastMatrixProducts } from './fast-matrix-products.js'
import { normalStatisticsTerm } from './normal-term.js'
import { regressionTerm } from './regression-term.js'

/** How the log density of one site is computed, and why so. */
export interface KernelChoice {
  readonly site: string
  readonly kernel: string
  readonly reason: string
}

/**
 * Replaces likelihoods by faster forms: normal regressions by sufficient statistics, logistic and Poisson regressions by a fused WebAssembly kernel,
 * products with constant matrices by WebAssembly products. What is chosen is a function of the model and of the shapes of its data alone. `kernels`: one
 * entry for each observed site and factor, and for each prior that did not stay a loop.
 */
export function rewriteProgram(program: DensityProgram): { readonly program: DensityProgram; readonly kernels: readonly KernelChoice[] } {
  const kernels: KernelChoice[] = []
  const terms = program.terms.map((term): DensityTerm => {
    const { site, part } = term
    const attempt = attemptOf(term, program)
    const rewritten = attempt !== undefined && 'node' in attempt ? attempt : undefined
    const { node, replaced } = fastMatrixProducts(rewritten?.node ?? term.node)
    if (rewritten !== undefined) kernels.push({ site, kernel: rewritten.kernel, reason: rewritten.reason })
    else if (replaced.length > 0)
      kernels.push({ site, kernel: 'matrix product (WebAssembly SIMD)', reason: `constant matrix ${replaced.join(', ')}` })
    else if (term.observation !== undefined || part === 'likelihood') kernels.push({ site, ...loopOf(term, program, attempt) })
    // Without the observation: what has become statistics or packed data needs its rows no more.
    return rewritten === undefined ? { ...term, node } : { site, part, node }
  })
  return { program: { ...program, terms }, kernels }
}

/** One site's statistics and packed data serve all programs with the site: a shard compiles a second one without some priors. */
const attempts = new WeakMap<Observation, Attempt | { readonly none: true }>()

function attemptOf({ observation }: DensityTerm, { rows }: DensityProgram): Attempt | undefined {
  if (rows === undefined || observation === undefined || !isOfRows(observation, rows)) return undefined
  const attempt = attempts.get(observation) ??
    normalStatisticsTerm(observation, rows) ??
    regressionTerm(observation, rows) ?? { none: true }
  attempts.set(observation, attempt)
  return 'none' in attempt ? undefined : attempt
}

/** One observation for each row: not for other plates, nor inside of further ones. */
const isOfRows = ({ observed: { node } }: Observation, rows: DensityProgram['rows']): boolean =>
  node.op === 'constant' && node.shape.plates.length === 1 && node.shape.plates[0] === rows

function loopOf({ node }: DensityTerm, { rows }: DensityProgram, attempt: Attempt | undefined): Omit<KernelChoice, 'site'> {
  const why = attempt !== undefined && 'declined' in attempt ? attempt.declined : undefined
  const [design] = rows === undefined ? [] : designs(node, rows)
  if (design === undefined) return { kernel: 'fused loop', reason: why ?? 'no dense design matrix' }
  const shape = `design of ${rows!.size} rows x ${design.columns} columns`
  const suffix = why === undefined ? '' : `; ${why}`
  return design.engine === 'wasm'
    ? { kernel: 'linear predictor (WebAssembly SIMD) and fused loop', reason: `${shape}${suffix}` }
    : { kernel: 'fused loop', reason: `${shape}: too small for WebAssembly to pay${suffix}` }
}
