import {
  ChoraleError,
  type CombinerDefinition,
  type CombinerNeeds,
  type Model,
  type ParameterInfo,
  type SamplerDefinition,
} from '../contracts/index.js'
import type { Settings } from '../settings/schema.js'
import { isLocal } from './local-parameters.js'

/** What is done about local parameters after the global ones are combined. */
export type LocalsMethod = Settings['combination']['locals']

export interface LocalsRequest {
  readonly shards: number
  readonly method: LocalsMethod
  readonly sampler: Pick<SamplerDefinition, 'name' | 'approximate'>
  /** As the user named the model, for messages. */
  readonly module: string
}

const named = (parameters: readonly ParameterInfo[]): string => parameters.map(({ name }) => name).join(', ')

const refused = (what: string, askedBy: string, fix: string): ChoraleError =>
  new ChoraleError('CHORALE_LOCAL_PARAMETERS', what, { askedBy, fix })

/**
 * Refuses several shards of a model whose local parameters could not be found again: each group must be whole in one shard, and have a name of its own there.
 * Throws `CHORALE_LOCAL_PARAMETERS`.
 */
export function checkLocals(
  { rows }: Pick<Model, 'rows'>,
  parameters: readonly ParameterInfo[],
  { shards, method, sampler, module }: LocalsRequest,
): void {
  const locals = parameters.filter(isLocal)
  if (shards === 1 || locals.length === 0) return
  const askedBy = `sharding.shards: ${shards}; model: ${module}`
  if (typeof rows !== 'object') {
    throw refused(
      `The model does not say which rows its local parameters (${named(locals)}) belong to, so ${shards} shards could split them`,
      askedBy,
      "sharding.shards: 1; or rows: { by: '<column of the groups>' } in the model, with sharding: { strategy: by-group, by: <column> }",
    )
  }
  if (parameters.every(isLocal)) {
    throw refused(`All parameters of the model are local (${named(locals)}): there is nothing to combine`, askedBy, 'sharding.shards: 1')
  }
  if (method === 'skip') return
  const nameless = locals.filter(({ levels }) => levels === undefined)
  if (nameless.length > 0) {
    throw refused(
      `The model does not say which groups of the data set its local parameters (${named(nameless)}) are of, so that ${shards} shards would give several the same name`,
      askedBy,
      'give them levels (ParameterInfo.levels); or combination.locals: skip, for the global parameters alone; or sharding.shards: 1',
    )
  }
  if (method === 'conditional' && sampler.approximate) {
    throw refused(
      `The sampler "${sampler.name}" does not draw local parameters given combined global ones, which ${shards} shards need`,
      `${askedBy}; sampling.name: ${sampler.name}`,
      'sampling.name: nuts; or combination.locals: transport (an approximation), or skip',
    )
  }
}

/**
 * Refuses combiners for which global parameters alone are not enough: the posterior's density is one of local parameters too, and a likelihood to the power K
 * says something else about the global ones once local ones are left out. Throws `CHORALE_LOCAL_PARAMETERS`.
 */
export function requireCombinesGlobals({ name, needs, subPosteriors }: CombinerDefinition<CombinerNeeds, unknown>): void {
  const why =
    needs.evaluator === 'required'
      ? 'asks for the density of the posterior, and there is none of the global parameters alone'
      : subPosteriors === 'inflated'
        ? 'wants likelihoods to the power of the number of shards, which would be those of the local parameters too'
        : undefined
  if (why === undefined) return
  throw refused(
    `The combiner "${name}" cannot combine a model with local parameters: it ${why}`,
    'combination.name',
    'combination.name: consensus',
  )
}
