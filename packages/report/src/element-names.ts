import type { Site } from './readable-run.js'

/** Number of values of a site. */
export const valueCount = ({ shape }: Pick<Site, 'shape'>): number => shape.reduce((total, n) => total * n, 1)

/** The indices of a site's values, row-major, from 0. */
export function* indicesOf({ shape }: Pick<Site, 'shape'>): Generator<readonly number[]> {
  const count = valueCount({ shape })
  const index = shape.map(() => 0)
  for (let flat = 0; flat < count; flat++) {
    yield [...index]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break
      index[axis] = 0
    }
  }
}

/** `mu`, `beta[3]`, `L[2,1]`: indices from 1, as in Stan and in the table of results; groups have the numbers of the whole data set. */
export function elementNames(site: Site): readonly string[] {
  if (site.shape.length === 0) return [site.name]
  return [...indicesOf(site)].map(index => `${site.name}[${index.map((at, axis) => (site.levels?.[axis]?.[at] ?? at) + 1).join(',')}]`)
}

/** A site with the number of its first value in a row, and how many it has. */
export interface PlacedSite {
  readonly site: Site
  readonly from: number
  readonly size: number
}

/** Sites, each with its place. */
export function placedSites(sites: readonly Site[]): readonly PlacedSite[] {
  let from = 0
  return sites.map(site => {
    const place = { site, from, size: valueCount(site) }
    from += place.size
    return place
  })
}
