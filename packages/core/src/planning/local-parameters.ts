import type { ParameterInfo } from '../contracts/index.js'
import type { PlanRecord } from '../run-directory/index.js'

type Scope = ParameterInfo['scope']

const byOffset = (parameters: readonly ParameterInfo[], scope: Scope): readonly ParameterInfo[] =>
  parameters.filter(parameter => parameter.scope === scope).sort((a, b) => a.offset - b.offset)

const coordinatesOf = (parameters: readonly ParameterInfo[], scope: Scope): readonly number[] =>
  byOffset(parameters, scope).flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i))

/** Coordinates of the parameters that all shards share, ascending; local ones may lie between them. */
export const globalCoordinates = (parameters: readonly ParameterInfo[]): readonly number[] => coordinatesOf(parameters, 'global')

/** Coordinates of the parameters that belong to the rows of one shard, ascending. */
export const localCoordinates = (parameters: readonly ParameterInfo[]): readonly number[] => coordinatesOf(parameters, 'local')

/** The parameters that all shards share, in a vector without gaps: what is combined. */
export function globalParameters(parameters: readonly ParameterInfo[]): readonly ParameterInfo[] {
  let offset = 0
  return byOffset(parameters, 'global').map(parameter => {
    const moved = { ...parameter, offset }
    offset += parameter.size
    return moved
  })
}

export const isLocal = ({ scope }: Pick<ParameterInfo, 'scope'>): boolean => scope === 'local'

/** What a plan says of parameters. */
export type PlannedParameters = Pick<PlanRecord, 'shards' | 'parameters'>

/** Whether shards have parameters of their own beside those that are combined. One shard is not combined, so there all are alike. */
export const hasLocals = ({ shards, parameters }: PlannedParameters): boolean => shards.length > 1 && parameters.some(isLocal)

/** The parameters of one shard: all the same, unless some are local. */
export const shardParameters = ({ shards, parameters }: PlannedParameters, shard: number): readonly ParameterInfo[] =>
  shards[shard]?.parameters ?? parameters

/** Length of a shard's unconstrained vector. */
export const shardDimension = ({ shards, dimension }: Pick<PlanRecord, 'shards' | 'dimension'>, shard: number): number =>
  shards[shard]?.parameters?.reduce((total, { size }) => total + size, 0) ?? dimension
