import { essMean } from '@chorale/diagnostics'

import type { DrawMatrix, MomentBatch, ParameterInfo, Powers, SubPosteriorDraws } from '../contracts/index.js'
import { coordinateChains, lastDraws } from '../chains/coordinate-chains.js'
import { fitGaussian, whitenInto, type GaussianFit } from './gaussian-fit.js'
import type { ReadBatches } from './moment-files.js'
import { batchedMoments, BATCHES, type ScoredDraws } from './moments.js'

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
  /** Where the moments go that `fromDraws` computes, unless they are there already. */
  readonly keepMoments: (fromDraws: () => readonly MomentBatch[]) => Promise<ReadBatches>
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
 * What a combiner is given of one shard. `skip` leaves one of up to 20 groups of consecutive batches out, of moments and draws alike, for delete-one-batch standard
 * errors; effective sample sizes and third moments stay those of all draws. Draws are read once here, and again when the combiner asks for them; moments are
 * read when it asks for them, unless they are kept in memory. Else only vectors are kept.
 */
export async function toSubPosterior(shard: ShardDraws): Promise<(skip?: number) => SubPosteriorDraws> {
  const { dimension, shape, read, kept } = await measured(shard)
  const counts = Uint32Array.from(read(), ({ count }) => count)
  const draws = async (): Promise<DrawMatrix> => kept ?? matrixOf(concatenate(await shard.chains()))
  return skip => {
    const group = skip === undefined ? undefined : groupRange(counts, skip)
    return {
      shard: shard.shard,
      rows: shard.rows,
      parameters: shard.parameters,
      powers: shard.powers,
      moments: {
        dimension,
        get batches() {
          return group ? read().filter((_, b) => b < group.firstBatch || b >= group.endBatch) : read()
        },
        thirdMoments: shape.thirdMoments,
      },
      ess: { mean: shape.essMean, squared: shape.essSquared },
      draws: async () => (group ? withoutRows(await draws(), group) : draws()),
    }
  }
}

/** Looks at all draws once. A function of its own, so that nothing else of them stays in memory. */
async function measured(shard: ShardDraws) {
  const chains = await shard.chains()
  const all = concatenate(chains)
  const shape = whitenedShape(chains, fitGaussian(matrixOf(all), `draws of shard ${shard.shard}`))
  const read = await shard.keepMoments(() => batchedMoments(all).batches)
  return { dimension: all.dimension, shape, read, kept: shard.keep ? matrixOf(all) : undefined }
}

/** Consecutive batches, and the draws that are in them. */
interface BatchGroup {
  readonly firstBatch: number
  readonly endBatch: number
  readonly firstDraw: number
  readonly endDraw: number
}

/** Group `group` of up to 20 of about as many batches each. `counts`: draws of the batches. */
function groupRange(counts: Uint32Array, group: number): BatchGroup {
  const groups = Math.min(BATCHES, counts.length)
  const [firstBatch, endBatch] = [group, group + 1].map(g => Math.floor((g * counts.length) / groups)) as [number, number]
  const drawsBefore = (batch: number): number => counts.subarray(0, batch).reduce((total, count) => total + count, 0)
  return { firstBatch, endBatch, firstDraw: drawsBefore(firstBatch), endDraw: drawsBefore(endBatch) }
}

const matrixOf = ({ draws, dimension, positions }: ScoredDraws): DrawMatrix => ({ draws, dimension, values: positions })

function withoutRows({ draws, dimension, values }: DrawMatrix, { firstDraw, endDraw }: BatchGroup): DrawMatrix {
  const left = new Float64Array((draws - (endDraw - firstDraw)) * dimension)
  left.set(values.subarray(0, firstDraw * dimension))
  left.set(values.subarray(endDraw * dimension), firstDraw * dimension)
  return { draws: draws - (endDraw - firstDraw), dimension, values: left }
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
