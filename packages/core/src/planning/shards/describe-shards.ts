import { ChoraleError, type Json, type Model, type ParameterInfo, type Table } from '../../contracts/index.js'
import { toShardData } from '../../run-directory/index.js'
import { globalParameters, isLocal } from '../local-parameters.js'
import { elementNames } from '../../model/parameter-names.js'
import { whatModelSays } from '../try-model.js'

/** A model without what is fixed, and what it summarised of all rows. */
export interface DescriptionRequest {
  readonly model: Model
  readonly summary: Json
  /** As the user named it, for messages. */
  readonly name: string
}

/** Shards that pass through, and the parameters that each was found to have. */
export interface DescribedShards {
  readonly tables: Iterable<Table>
  /** One entry a shard that has passed. */
  readonly parameters: readonly (readonly ParameterInfo[])[]
}

/**
 * Passes the shards of a model with local parameters on, and keeps what parameters the model has in each: global ones must be the same in all, and no two
 * shards may have the same group. Throws `CHORALE_MODEL_INVALID`.
 */
export function describeShards(tables: Iterable<Table>, request: DescriptionRequest): DescribedShards {
  const parameters: (readonly ParameterInfo[])[] = []
  const ownerOf = new Map<string, number>()
  function* described(): Generator<Table> {
    for (const table of tables) {
      const found = whatModelSays(request.name, () => request.model.bind(toShardData(table), request.summary).parameters)
      const shard = parameters.push(found) - 1
      checkGlobals(parameters[0]!, found, shard, request)
      checkGroups(found, shard, ownerOf, request)
      yield table
    }
  }
  return { tables: described(), parameters }
}

const signatureOf = (parameters: readonly ParameterInfo[]): string =>
  globalParameters(parameters)
    .map(({ name, shape, support }) => `${name}[${shape.join(',')}] ${support}`)
    .join(', ')

function checkGlobals(first: readonly ParameterInfo[], found: readonly ParameterInfo[], shard: number, { name }: DescriptionRequest): void {
  if (signatureOf(found) === signatureOf(first)) return
  throw new ChoraleError(
    'CHORALE_MODEL_INVALID',
    `With the rows of shard ${shard} the model has the global parameters ${signatureOf(found)}, and with those of shard 0 ${signatureOf(first)}`,
    {
      askedBy: `model: ${name}`,
      fix: 'take what decides the number of parameters (levels of a factor) from all rows: compute it in summarize, whose result every bind gets',
    },
  )
}

function checkGroups(
  found: readonly ParameterInfo[],
  shard: number,
  ownerOf: Map<string, number>,
  { name: module }: DescriptionRequest,
): void {
  const invalid = (what: string): ChoraleError =>
    new ChoraleError('CHORALE_MODEL_INVALID', what, {
      askedBy: `model: ${module}`,
      fix: "for each axis of a local parameter's shape, give the numbers that its groups have in the whole data set as levels",
    })
  for (const parameter of found.filter(isLocal)) {
    const { name, shape, levels } = parameter
    if (levels === undefined) continue
    const wrong = shape.findIndex((size, axis) => levels[axis] === undefined || (levels[axis]?.length ?? size) !== size)
    if (wrong >= 0 || levels.length !== shape.length) {
      throw invalid(`In shard ${shard} the levels of the local parameter "${name}" do not fit its shape [${shape.join(', ')}]`)
    }
    for (const element of elementNames(parameter)) {
      const owner = ownerOf.get(element)
      if (owner !== undefined) throw invalid(`The shards ${owner} and ${shard} both have the local parameter "${element}"`)
      ownerOf.set(element, shard)
    }
  }
}
