import { normalInto, prngKey } from '@chorale/random'

import { globalCoordinates, globalParameters, isLocal } from '../planning/local-parameters.js'
import { valueCount } from '../model/parameter-names.js'
import type { BoundModel } from '../contracts/index.js'
import type { TableModel } from './parameter-table.js'

/** Constrained values, or those of deterministic sites: where the ones that are kept lie. */
interface Kept {
  readonly all: number
  readonly indices: readonly number[]
}

function kept<T extends { readonly shape: readonly number[]; readonly name: string }>(
  sites: readonly T[],
  keep: (site: T) => boolean,
): Kept {
  let at = 0
  const indices: number[] = []
  for (const site of sites) {
    const count = valueCount(site)
    if (keep(site)) for (let i = 0; i < count; i++) indices.push(at + i)
    at += count
  }
  return { all: at, indices }
}

/**
 * What the global parameters of a model are on the constrained scale, and what is computed from them: local coordinates are held somewhere, and deterministic sites
 * with a value for each group are left out. A site that depends on local parameters all the same has other values where `seed` holds them elsewhere.
 */
export function globalView(bound: BoundModel, seed: number): TableModel {
  const { parameters, deterministics = [] } = bound
  const coordinates = globalCoordinates(parameters)
  const allocate = (length: number): Float64Array => bound.allocate?.(length) ?? new Float64Array(length)
  const values = kept(parameters, parameter => !isLocal(parameter))
  const sites = kept(deterministics, ({ levels }) => levels === undefined)
  const whole = allocate(bound.dimension)
  normalInto(whole, prngKey(seed))
  const all = allocate(values.all)
  const computed = allocate(sites.all)

  const at = (position: Float64Array): Float64Array => {
    coordinates.forEach((coordinate, i) => (whole[coordinate] = position[i]!))
    return whole
  }
  const take = (to: Float64Array, from: Float64Array, { indices }: Kept): void => indices.forEach((index, i) => (to[i] = from[index]!))
  return {
    parameters: globalParameters(parameters),
    dimension: coordinates.length,
    constrainInto(to, position) {
      bound.constrainInto(all, at(position))
      take(to, all, values)
    },
    deterministics: deterministics.filter(({ levels }) => levels === undefined),
    deterministicInto(to, position) {
      bound.deterministicInto?.(computed, at(position))
      take(to, computed, sites)
    },
  }
}
