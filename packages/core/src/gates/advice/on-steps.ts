import type { RunGate } from '../gate-summary.js'
import type { AdviceContext } from './advice.js'
import { correlatedPairs } from './correlated-pairs.js'
import type { ExaminedShard } from './shard-draws.js'

/** Pairs of strongly correlated coordinates, with what to do; nothing where there are none. */
export async function correlationAdvice(shard: ExaminedShard, { record, settings }: AdviceContext): Promise<readonly string[]> {
  const pairs = await correlatedPairs(shard)
  const dense = settings.sampling.name !== 'nuts' || record.plan.sampling.options['metric'] === 'dense'
  return pairs.map(
    ({ first, second, correlation }) =>
      `${shard.nameOf(first)} and ${shard.nameOf(second)} have correlation ${correlation.toFixed(3)}: centre the covariate${dense ? '' : ', or sampling.metric: dense'}`,
  )
}

/** Trajectories of full depth. */
export async function onTreeDepth(_: RunGate, shard: ExaminedShard, context: AdviceContext): Promise<readonly string[]> {
  const { maxTreeDepth, options } = context.record.plan.sampling
  const pairs = await correlationAdvice(shard, context)
  const metric = context.settings.sampling.name === 'nuts' && options['metric'] !== 'dense' && pairs.length === 0
  return [
    ...pairs,
    ...(metric
      ? ['coordinates of very different scales, or correlations of many, take long trajectories: try sampling.metric: dense or low-rank']
      : []),
    ...(maxTreeDepth < 20
      ? [`longer trajectories: sampling.maxTreeDepth: ${maxTreeDepth + 1} (${maxTreeDepth} now) at up to twice the time`]
      : []),
  ]
}

/** A chain that accepts nothing. */
export function onStuckChain({ result }: RunGate): Promise<readonly string[]> {
  return Promise.resolve([
    `chain ${result.chain} accepts nothing: start it elsewhere (sampling.initialValues, sampling.initStrategy), and look at the density and gradient where it is (chorale model inspect)`,
  ])
}
