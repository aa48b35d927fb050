import type { Heterogeneity } from '@chorale/diagnostics'

import type { Json } from '../../contracts/index.js'
import type { CompletedShard } from '../../execution/completed-shard.js'
import type { RunRecord } from '../../run-directory/index.js'
import type { Settings } from '../../settings/index.js'
import type { GateCode } from '../gate.js'
import type { RunGate } from '../gate-summary.js'
import { onConvergence } from './on-convergence.js'
import { onDivergences, onEnergy } from './on-curvature.js'
import { onDisagreeingShards } from './on-disagreeing-shards.js'
import { onEss } from './on-ess.js'
import { onUnmeasured } from './on-unmeasured.js'
import { onCombination } from './on-combination.js'
import { onStuckChain, onTreeDepth } from './on-steps.js'
import { fewerShards } from './shard-size.js'
import { examined, type ExaminedShard } from './shard-draws.js'

/** What advice is worked out from. */
export interface AdviceContext {
  readonly record: Pick<RunRecord, 'plan' | 'data'>
  readonly settings: Settings
  readonly shards: readonly CompletedShard[]
  /** Of these shards. */
  readonly heterogeneity?: Heterogeneity
  /** What the combiner reports. */
  readonly diagnostics?: Readonly<Record<string, Json>> | undefined
}

type Advise = (gate: RunGate, shard: ExaminedShard, context: AdviceContext) => Promise<readonly string[]>

const OF_SHARDS: Readonly<Partial<Record<GateCode, Advise>>> = {
  RHAT: onConvergence,
  ESS_BULK: onEss,
  ESS_TAIL: onEss,
  EBFMI: onEnergy,
  DIVERGENCES: onDivergences,
  TREE_DEPTH: onTreeDepth,
  ACCEPTANCE: onStuckChain,
}

/**
 * What to do about a gate that did not pass, most specific first: each sentence states what it was concluded from, in the worst shard, whose draws are read for it a few
 * columns or a few rows at a time.
 */
export async function adviceOn(gate: RunGate, context: AdviceContext): Promise<readonly string[]> {
  const { code, shard: id } = gate.result
  if (code === 'HETEROGENEITY') return onDisagreeingShards(context)
  if (code === 'PARETO_K' || code === 'SHIFT') return onCombination(gate.result, context)
  const shard = context.shards.find(({ shard }) => shard === id)
  const advise = OF_SHARDS[code]
  if (!shard || !advise) return []
  if (Number.isNaN(gate.result.measured)) return onUnmeasured(gate, shard)
  return [...(await advise(gate, examined(shard, context.record.plan), context)), ...fewerShards(gate, context)]
}
