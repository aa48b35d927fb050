import type { Heterogeneity } from '@chorale/diagnostics'

import { globalParameters } from '../../planning/local-parameters.js'
import { coordinateName } from '../../model/parameter-names.js'
import { spoilsDraws } from '../judge.js'
import type { AdviceContext } from './advice.js'
import { fewerShards } from './shard-size.js'

/** One shard sticks out where it holds so many times its equal share of Q, and at least so much of it. */
const TIMES_ITS_SHARE = 2
const LEAST_SHARE = 0.3

/** Heterogeneity: which shard sticks out, in what, and whether its chains are to be believed. */
export function onDisagreeingShards(context: AdviceContext): readonly string[] {
  const { heterogeneity: found, shards, record } = context
  if (!found) return []
  if (found.unusable.length > 0) {
    const least = found.center.length + 2
    return [
      `a covariance of ${found.center.length} parameters asks for more than ${least} effective draws of the squares of a shard: sample more (sampling.draws, ${record.plan.sampling.draws} now)`,
      ...fewerShards({}, context),
    ]
  }
  const total = found.contributions.reduce((sum, value) => sum + value, 0)
  const index = found.contributions.indexOf(Math.max(...found.contributions))
  const share = found.contributions[index]! / total
  const sticksOut = shards.length > 2 && share >= Math.max(LEAST_SHARE, TIMES_ITS_SHARE / shards.length)
  return [
    sticksOut
      ? `shard ${shards[index]!.shard} sticks out: ${(100 * share).toFixed(0)} % of Q${largestConflict(found, index, context)}; ${trust(shards[index]!)}`
      : `no shard sticks out${largestConflict(found, undefined, context)}: ${unconverged(context)}`,
    ...fewerShards({}, context),
  ]
}

/** `, mostly mu[2] (9.4 posterior sd from the others)`: the parameter with the largest z, of one shard or of any. */
function largestConflict({ parameters: { z } }: Heterogeneity, index: number | undefined, { record, shards }: AdviceContext): string {
  let best = { size: -1, coordinate: 0, shard: 0 }
  z.forEach((values, s) => {
    if (index !== undefined && s !== index) return
    values.forEach((value, coordinate) => {
      if (Math.abs(value) > best.size) best = { size: Math.abs(value), coordinate, shard: s }
    })
  })
  if (best.size < 0) return ''
  const several = record.plan.shards.length > 1
  const name = coordinateName(several ? globalParameters(record.plan.parameters) : record.plan.parameters, best.coordinate)
  const where = index === undefined ? `, ${name} of shard ${shards[best.shard]!.shard} most` : `, most in ${name}`
  return `${where} (z ${best.size.toFixed(1)} against the other shards)`
}

function trust({ gates, health }: AdviceContext['shards'][number]): string {
  const failed = gates.filter(gate => !gate.passed && spoilsDraws(gate)).map(({ code }) => code)
  return failed.length > 0
    ? `its chains did not converge (${failed.join(', ')}), which explains it: see to these first`
    : `its chains converged (R-hat ${health.rhatMax.toFixed(3)}), so its rows tell something else: look at them, and whether rows were in an order that shards inherited (sharding.strategy: random)`
}

function unconverged({ shards }: AdviceContext): string {
  const failed = shards.filter(({ gates }) => gates.some(gate => !gate.passed && spoilsDraws(gate)))
  if (failed.length > 0) return `the chains of ${failed.length} of ${shards.length} shards did not converge; see to these first`
  return 'the model may not fit (parameters that vary from part to part of the rows), or rows were in an order that shards inherited (sharding.strategy: random)'
}
