import type { Levels } from '../contracts/model.js'
import type { TableModel } from '../combination/parameter-table.js'
import { valueCount } from '../model/parameter-names.js'

/** A named quantity that draws have values of. */
export interface Site {
  readonly name: string
  /** `[]` for a scalar. */
  readonly shape: readonly number[]
  /** `coordinate`: of a parameter, on the unconstrained scale. */
  readonly kind: 'parameter' | 'deterministic' | 'coordinate'
  /** Of a site with values for groups: which of all groups of the data set it has, from 0, for each axis; null for an axis that is no group's. */
  readonly levels?: Levels
}

/** The sites of a bound model, in the order of its values: parameters, then deterministic sites. */
export function sitesOf({ parameters, deterministics = [] }: Pick<TableModel, 'parameters' | 'deterministics'>): readonly Site[] {
  const site = (kind: Site['kind'], { name, shape, levels }: Omit<Site, 'kind'>): Site => ({
    name,
    shape: [...shape],
    kind,
    ...(levels === undefined ? {} : { levels }),
  })
  return [...parameters.map(info => site('parameter', info)), ...deterministics.map(info => site('deterministic', info))]
}

/** Where the values of each site begin in a row, and how many there are. */
export function placesOf(
  sites: readonly Site[],
): ReadonlyMap<string, { readonly site: Site; readonly from: number; readonly size: number }> {
  let from = 0
  return new Map(
    sites.map(site => {
      const place = { site, from, size: valueCount(site) }
      from += place.size
      return [site.name, place]
    }),
  )
}

/** Values in a row. */
export const rowWidth = (sites: readonly Site[]): number => sites.reduce((total, site) => total + valueCount(site), 0)
