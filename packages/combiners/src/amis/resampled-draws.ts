import { kHatThreshold } from '@chorale/diagnostics'
import type { Key } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { choleskyWithRidge } from '../linear-algebra/cholesky.js'
import { rowsOf } from '../draws/draw-rows.js'
import { recentreDraws } from '../draws/recentre.js'
import { sampleMoments } from '../draws/sample-moments.js'
import { weightedMoments } from './fit-mixture.js'
import type { Judgement } from './judge.js'
import { systematicResample } from './systematic-resample.js'

/** Batches of positions for delete-one-batch standard errors. */
const BATCHES = 20

/** Weighted positions, and how to judge some of them alone. */
export interface WeightedPositions {
  readonly positions: DrawMatrix
  readonly judgement: Judgement
  judgeOnly(rows: Uint32Array): Judgement
}

/** Draws of equal weight: resampled systematically, then moved by the affine map that gives them the weighted mean and covariance. */
export function resampledDraws(
  positions: DrawMatrix,
  { weights, forExpectations }: Pick<Judgement, 'weights' | 'forExpectations'>,
  size: number,
  key: Key,
): DrawMatrix {
  const { dimension } = positions
  const resampled = systematicResample(positions, weights, size, key)
  const target = weightedMoments(positions, forExpectations)
  const spans =
    size > 20 * dimension &&
    [sampleMoments(resampled), target].every(({ covariance }) => choleskyWithRidge(covariance, dimension) !== undefined)
  return spans ? recentreDraws(resampled, target) : resampled
}

/** The same draws made without each of 20 batches of the positions; none where so few are left, or so unequal, that they say nothing. */
export function leftOutDraws({ positions, judgement, judgeOnly }: WeightedPositions, size: number, key: Key): DrawMatrix[] {
  if (!(judgement.paretoK < kHatThreshold(positions.draws)) || judgement.weightEss < 10 * BATCHES) return []
  return Array.from({ length: BATCHES }, (_, batch) => {
    // Positions come component by component: a batch takes every twentieth.
    const kept = Uint32Array.from({ length: positions.draws }, (_, row) => row).filter(row => row % BATCHES !== batch)
    return resampledDraws(rowsOf(positions, kept), judgeOnly(kept), size, key)
  })
}
