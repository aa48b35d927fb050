import type { SampleTask } from '@chorale/core/contracts'
import type { Adaptation } from '../adaptation/adaptation.js'
import { createAdaptation, type AdaptationStart } from '../adaptation/create-adaptation.js'
import { stateOf } from '../adaptation/nested-state.js'
import { createChain, type Chain } from '../chain/chain.js'
import { createChainCounts, type ChainCounts } from '../chain/chain-counts.js'
import type { Checkpoint } from '../chain/checkpoint.js'
import type { SavedState } from '../chain/saved-state.js'
import type { Pacer } from '../engine/pacer.js'
import type { ModelTarget } from '../engine/target.js'
import { unitMetric } from '../metric/diagonal-metric.js'
import type { ChosenStart } from '../start/choose-start.js'
import type { ResolvedOptions } from './options.js'

/** A chain with what it learns and counts. */
export interface ChainParts {
  readonly chain: Chain
  /** The position after the last whole iteration: a transition reuses the memory of the point that it started from. */
  readonly position: Float64Array
  readonly adaptation: Adaptation
  /** What the adaptation was made with. */
  readonly start: AdaptationStart
  readonly counts: ChainCounts
}

interface Making {
  readonly task: SampleTask
  readonly options: ResolvedOptions
  readonly target: ModelTarget
  readonly pacer: Pacer
}

/** A chain at its start. */
export const startChain = (making: Making, { position, ...start }: ChosenStart): ChainParts => createParts(making, position, start)

/** A chain as it was at a checkpoint. */
export function restoreChain(making: Making, { vectors, counts }: Checkpoint): ChainParts {
  const parts = createParts(making, vectors.position, stateOf('start', vectors) as SavedState & AdaptationStart)
  parts.adaptation.restore(stateOf('adaptation', vectors))
  return { ...parts, counts: createChainCounts(making.target, counts) }
}

function createParts({ task, options, target, pacer }: Making, position: Float64Array, start: AdaptationStart): ChainParts {
  const { settings, key } = task
  const { dimension } = target
  const { maxTreeDepth } = settings
  return {
    chain: createChain(target, position, key, pacer, { maxTreeDepth, metric: unitMetric(dimension) }),
    position: position.slice(),
    adaptation: createAdaptation({ ...options, ...settings, dimension, start }),
    start,
    counts: createChainCounts(target),
  }
}
