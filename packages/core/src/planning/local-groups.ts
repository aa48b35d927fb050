import type { ParameterInfo } from '../contracts/index.js'
import type { Warning } from '../run-event.js'
import { hasLocals, isLocal, shardParameters, type PlannedParameters } from './local-parameters.js'

/** Below so many groups a shard's own view of how groups differ is so wide and skew that combining it costs accuracy. */
const FEW_GROUPS = 30

/** Groups of the local parameter with the fewest. */
const groupsOf = (parameters: readonly ParameterInfo[]): number =>
  Math.min(...parameters.filter(isLocal).flatMap(({ levels = [] }) => levels.flatMap(axis => (axis === null ? [] : [axis.length]))))

/** What is said of shards with few groups; undefined where there is nothing to say. */
export function localGroupsWarning(plan: PlannedParameters): Warning | undefined {
  if (!hasLocals(plan)) return undefined
  const groups = plan.shards.map((_, shard) => groupsOf(shardParameters(plan, shard)))
  const fewest = Math.min(...groups)
  if (!(fewest < FEW_GROUPS)) return undefined
  return {
    code: 'LOCAL_GROUPS',
    message: `shard ${groups.indexOf(fewest)} has ${fewest} ${fewest === 1 ? 'group' : 'groups'}, which say little about how groups differ: below ${FEW_GROUPS} a shard the combination is less accurate; use fewer shards (sharding.shards)`,
  }
}
