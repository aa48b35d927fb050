import { paretoKhat } from '@chorale/diagnostics'

import { lastDraws } from '../../chains/coordinate-chains.js'
import type { RunGate } from '../gate-summary.js'
import type { AdviceContext } from './advice.js'
import { correlationAdvice } from './on-steps.js'
import { coordinateDraws, type ExaminedShard } from './shard-draws.js'

/** From here on draws have no finite variance: no number of them makes their mean certain. */
const HEAVY = 0.5
/** Effective draws scatter: this many more than in proportion. */
const MARGIN = 1.1

/** Effective sample sizes: how many draws would do, and why these are worth so little. */
export async function onEss({ result }: RunGate, shard: ExaminedShard, context: AdviceContext): Promise<readonly string[]> {
  const { code, parameter, coordinate } = result
  const chains = lastDraws(await coordinateDraws(shard, coordinate!))
  const khat = code === 'ESS_TAIL' ? paretoKhat(chains) : NaN
  const heavy = khat >= HEAVY
  return [
    ...(heavy
      ? [
          `the tails of ${parameter!} are heavy (k-hat ${khat.toFixed(2)} of its draws, as of a distribution without ${khat >= 1 ? 'a mean' : 'finite variance'}): reparameterise it or give it a prior with lighter tails; quantiles of it need many more draws than its mean`,
        ]
      : []),
    ...(await correlationAdvice(shard, context)),
    ...moreDraws(result.measured, result.limit, shard, context),
  ]
}

function moreDraws(measured: number, limit: number, { shard }: ExaminedShard, { record, shards }: AdviceContext): readonly string[] {
  const { draws } = record.plan.sampling
  const enough = twoDigitsUp((MARGIN * draws * limit) / measured)
  const disagree = shards.find(({ shard: id }) => id === shard)?.gates.some(({ code, passed }) => code === 'RHAT' && !passed) ?? false
  if (disagree) return ['first see to R-hat: chains that disagree are worth few draws however long they are']
  return [`about ${enough} draws a chain would be enough at this rate (sampling.draws: ${enough}; ${draws} now)`]
}

/** 2,340 becomes 2,400. */
function twoDigitsUp(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1)
  return Math.ceil(value / unit) * unit
}
