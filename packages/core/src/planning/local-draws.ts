import type { PlanRecord } from '../run-directory/index.js'
import type { Settings } from '../settings/schema.js'
import { iterations } from './sample-tasks.js'

/** Unless the settings say, local draws are this share of a shard's iterations: drawing them costs about as much as sampling did. */
const ITERATIONS_PER_DRAW = 8
const FEWEST_DRAWS = 100
const MOST_DRAWS = 1000

/** Combined draws, at most, for which the local parameters of shards are drawn. */
export function localDrawsOf({ combination }: Pick<Settings, 'combination'>, plan: Pick<PlanRecord, 'chains' | 'sampling'>): number {
  const share = Math.ceil((plan.chains * iterations(plan.sampling)) / ITERATIONS_PER_DRAW)
  return combination.localDraws ?? Math.min(MOST_DRAWS, Math.max(FEWEST_DRAWS, share))
}
