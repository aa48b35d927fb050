import { essMean } from '@chorale/diagnostics'

import type { DrawMatrix, ParameterInfo, Powers, SubPosteriorDraws } from '../contracts/index.js'
import { coordinateChains, lastDraws } from '../gates/coordinate-chains.js'
import { fitGaussian, whitenInto, type GaussianFit } from './gaussian-fit.js'
import { batchedMoments, batchRange, type ScoredDraws } from './moments.js'

/** One shard's chains as its accepted tasks left them. */
export interface ShardDraws {
  readonly shard: number
  readonly rows: number
  readonly parameters: readonly ParameterInfo[]
  readonly powers: Powers
  /** One entry per chain, from where they are. */
  readonly chains: () => Promise<readonly ScoredDraws[]>
  /** Keep the draws in memory once they are there. */
  readonly keep: boolean
}

/** All chains one after another. */
export function concatenate(chains: readonly ScoredDraws[]): ScoredDraws {
  const dimension = chains[0]!.dimension
  const draws = chains.reduce((total, chain) => total + chain.draws, 0)
  const positions = new Float64Array(draws * dimension)
  const scores = new Float64Array(draws * dimension)
  let at = 0
  for (const chain of chains) {
    positions.set(chain.positions, at)
    scores.set(chain.scores, at)
    at += chain.draws * dimension
  }
  return { draws, dimension, positions, scores }
}

/**
 * What a combiner is given of one shard. `skip` leaves one of the batches of draws out, for delete-one-batch standard errors; effective sample sizes and
 * third moments stay those of all draws. Draws are read for the moments, and again when the combiner asks for them.
 */
export async function toSubPosterior(shard: ShardDraws): Promise<(skip?: number) => SubPosteriorDraws> {
  const chains = await shard.chains()
  const all = concatenate(chains)
  const fit = fitGaussian(matrixOf(all), `draws of shard ${shard.shard}`)
  const shape = whitenedShape(chains, fit)
  const { dimension, batches } = batchedMoments(all)
  const kept = shard.keep ? matrixOf(all) : undefined
  const draws = async (): Promise<DrawMatrix> => kept ?? matrixOf(concatenate(await shard.chains()))
  return skip => ({
    shard: shard.shard,
    rows: shard.rows,
    parameters: shard.parameters,
    powers: shard.powers,
    moments: { dimension, batches: batches.filter((_, b) => b !== skip), thirdMoments: shape.thirdMoments },
    ess: { mean: shape.essMean, squared: shape.essSquared },
    draws: async () => withoutBatch(await draws(), skip),
  })
}

const matrixOf = ({ draws, dimension, positions }: ScoredDraws): DrawMatrix => ({ draws, dimension, values: positions })

function withoutBatch(matrix: DrawMatrix, skip: number | undefined): DrawMatrix {
  if (skip === undefined) return matrix
  const { draws, dimension, values } = matrix
  const [from, to] = batchRange(draws, skip)
  const left = new Float64Array((draws - (to - from)) * dimension)
  left.set(values.subarray(0, from * dimension))
  left.set(values.subarray(to * dimension), from * dimension)
  return { draws: draws - (to - from), dimension, values: left }
}

/** E[u |u|^2] and the effective sample sizes of theta and u^2, u the whitened draws. */
function whitenedShape(chains: readonly ScoredDraws[], fit: GaussianFit) {
  const d = fit.dimension
  const total = chains.reduce((n, chain) => n + chain.draws, 0)
  const thirdMoments = new Float64Array(d)
  const squared = Array.from({ length: d }, () => chains.map(chain => new Float64Array(chain.draws)))
  const u = new Float64Array(d)
  chains.forEach((chain, c) => {
    for (let row = 0; row < chain.draws; row++) {
      whitenInto(u, fit, chain.positions, row)
      const norm = u.reduce((sum, x) => sum + x * x, 0)
      for (let i = 0; i < d; i++) {
        thirdMoments[i]! += (u[i]! * norm) / total
        squared[i]![c]![row] = u[i]! * u[i]!
      }
    }
  })
  return {
    thirdMoments,
    essMean: Float64Array.from({ length: d }, (_, i) => essMean(coordinateChains(chains, i))),
    essSquared: Float64Array.from(squared, columns => essMean(lastDraws(columns))),
  }
}
