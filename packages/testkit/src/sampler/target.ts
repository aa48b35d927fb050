import { DRAWS_FILE, type DrawMatrix, type Model } from '@chorale/core/contracts'
import { demand, messageOf, rejectionOf, type Check, type Scope } from '../check.js'
import { shared } from '../clause.js'
import { momentsOf } from '../moments.js'
import { impossible, positiveOnly, standardNormal, throwing, THROWN } from './toy-models.js'
import { isExact, readRows, startChain, type SamplerTrial } from './trial-run.js'

const CHAINS = 4
/** Bound in standard errors: one false alarm in about two million per number. */
const STANDARD_ERRORS = 5
/** Fewer than this from 4 x 500 draws of a standard normal is not sampling. */
const EFFECTIVE_DRAWS_AT_LEAST = 40

/** Positions of several chains, one chain after another. */
async function drawsOf(trial: SamplerTrial, scope: Scope, model: Model, prior = 1): Promise<DrawMatrix> {
  const chains: Float64Array[] = []
  let dimension = 0
  for (let seed = 0; seed < CHAINS; seed++) {
    const { directory, outcome } = await startChain(trial, scope, { model, seed, prior })
    await outcome
    const { header, rows, values } = await readRows(directory, DRAWS_FILE)
    const width = header.columns.length
    dimension = width / 2
    chains.push(Float64Array.from({ length: rows * dimension }, (_, i) => values[Math.floor(i / dimension) * width + (i % dimension)]!))
  }
  const all = new Float64Array(chains.reduce((sum, chain) => sum + chain.length, 0))
  chains.reduce((at, chain) => (all.set(chain, at), at + chain.length), 0)
  return { draws: all.length / dimension, dimension, values: all }
}

/** Compares with independent coordinates of known mean and variance; `kurtosis` is E[(x - mean)^4] / variance^2. */
function demandMoments(draws: DrawMatrix, truth: { readonly mean: number; readonly variance: number; readonly kurtosis: number }): void {
  const { mean, covariance, effectiveDraws } = momentsOf(draws)
  demand(effectiveDraws >= EFFECTIVE_DRAWS_AT_LEAST, `${draws.draws} draws are worth only ${effectiveDraws.toFixed(0)} independent ones`)
  const sd = Math.sqrt(truth.variance)
  mean.forEach((found, j) => {
    const off = Math.abs(found - truth.mean) / sd
    const bound = STANDARD_ERRORS / Math.sqrt(effectiveDraws)
    demand(
      off < bound,
      `the mean of x${j} is ${found.toFixed(3)}, not ${truth.mean}: ${off.toFixed(3)} sd off, Monte Carlo error explains ${bound.toFixed(3)}`,
    )
    const variance = covariance[j * (mean.length + 1)]!
    const offVariance = Math.abs(variance / truth.variance - 1)
    const varianceBound = STANDARD_ERRORS * Math.sqrt((truth.kurtosis - 1) / effectiveDraws)
    demand(
      offVariance < varianceBound,
      `the variance of x${j} is ${variance.toFixed(3)}, not ${truth.variance}; Monte Carlo error explains a factor of ${(1 + varianceBound).toFixed(3)}`,
    )
  })
}

async function rejection(trial: SamplerTrial, scope: Scope, model: Model): Promise<unknown> {
  const { outcome } = await startChain(trial, scope, { model, settings: { warmup: 20, draws: 20 } })
  return rejectionOf(outcome)
}

const skewedDraws = shared((trial: SamplerTrial, scope) => drawsOf(trial, scope, positiveOnly))

/** What a sampler samples. */
export const targetChecks: readonly Check<SamplerTrial>[] = [
  {
    name: 'samples a standard normal',
    run: async (trial, scope) => demandMoments(await drawsOf(trial, scope, standardNormal), { mean: 0, variance: 1, kurtosis: 3 }),
  },
  {
    name: "scales the target with the task's powers",
    run: async (trial, scope) => demandMoments(await drawsOf(trial, scope, standardNormal, 0.25), { mean: 0, variance: 4, kurtosis: 3 }),
  },
  {
    name: 'finds a start when most points are outside the support, and stays inside',
    run: async trial => {
      const { values } = await skewedDraws(trial)
      demand(
        values.every(x => x > 0),
        'a draw lies where the log density is -Infinity',
      )
    },
  },
  {
    name: 'samples a skewed density that ends',
    requires: [isExact],
    // Gamma(3, 1): mean 3, variance 3, kurtosis 3 + 6/3.
    run: async trial => demandMoments(await skewedDraws(trial), { mean: 3, variance: 3, kurtosis: 5 }),
  },
  {
    name: 'says when there is no start',
    run: async (trial, scope) => {
      const error = await rejection(trial, scope, impossible)
      demand(error !== undefined, 'a model without any support was sampled')
      const cause = (error as { failure?: { cause?: string } }).failure?.cause
      demand(
        cause === 'start',
        `a model without any support must reject with a TaskError of cause "start", not ${cause ?? messageOf(error)}`,
      )
    },
  },
  {
    name: 'passes on what a model throws',
    run: async (trial, scope) => {
      const error = await rejection(trial, scope, throwing)
      demand(error !== undefined, 'a throw in the model was swallowed: it is a bug, not a rejected proposal')
      const text = [error, (error as Error).cause].map(messageOf).join(' ')
      demand(text.includes(THROWN), `the error does not say what the model threw: ${messageOf(error)}`)
    },
  },
]
