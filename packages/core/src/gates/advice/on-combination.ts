import type { GateResult } from '../judge.js'
import type { AdviceContext } from './advice.js'
import { fewerShards } from './shard-size.js'

/** The importance check of a combination, or of an approximation of a single shard. */
export function onCombination({ code }: GateResult, context: AdviceContext): readonly string[] {
  const { record, settings } = context
  const morePositions = code === 'PARETO_K' ? [`with ${record.plan.dimension} parameters more positions may help: verification.draws`] : []
  if (record.plan.shards.length < 2) {
    return ['the draws are of an approximation: sampling.name: nuts draws from the posterior itself', ...morePositions]
  }
  return [
    ...fewerByBias(context),
    ...(settings.combination.name === 'amis' ? [] : ['correct the combination by the density of all rows: combination.name: amis']),
    ...morePositions,
  ]
}

/** How many shards by the bias that the combiner predicts, where it does; otherwise by the rows of a shard. */
function fewerByBias(context: AdviceContext): readonly string[] {
  const planned = context.record.plan.shards.length
  const advised = context.diagnostics?.['advisedShards']
  if (typeof advised !== 'number') return fewerShards({}, context)
  if (advised >= planned) return []
  return [
    advised > 1
      ? `by the bias that the combiner predicts, use fewer shards: at most ${advised} (sharding.shards: ${advised}; ${planned} now)`
      : 'by the bias that the combiner predicts, no split is good enough: one shard (sharding.enable: never)',
  ]
}
