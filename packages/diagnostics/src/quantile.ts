/** A sorted copy; NaN goes to the end. */
export function sorted(values: Float64Array): Float64Array {
  return values.slice().sort()
}

/**
 * Type-7 quantile (linear between order statistics (n - 1) p) of values in ascending order; NaN for none and when one is NaN.
 *
 * Equal neighbours give exactly their value, so `draw <= quantile` counts ties alike everywhere. Source: Hyndman & Fan (1996), definition 7.
 *
 * @throws RangeError when p is not in [0, 1].
 */
export function sortedQuantile(ascending: Float64Array, p: number): number {
  requireProbability(p)
  const last = ascending.length - 1
  if (last < 0 || Number.isNaN(ascending[last])) return NaN
  const position = last * p
  const nearest = Math.round(position)
  if (Math.abs(position - nearest) <= 4 * Number.EPSILON * position) return ascending[nearest]
  const below = ascending[Math.floor(position)]
  const above = ascending[Math.ceil(position)]
  return below === above ? below : below + (position - Math.floor(position)) * (above - below)
}

/** Type-7 quantile of values in any order. NaN and errors as `sortedQuantile`. */
export function quantile(values: Float64Array, p: number): number {
  return sortedQuantile(sorted(values), p)
}

/** Middle value, or the mean of the two middle values, of values in ascending order; NaN for none and when one is NaN. */
export function sortedMedian(ascending: Float64Array): number {
  const n = ascending.length
  if (n === 0 || Number.isNaN(ascending[n - 1])) return NaN
  const middle = n >> 1
  return n % 2 === 1 ? ascending[middle] : (ascending[middle - 1] + ascending[middle]) / 2
}

/** @throws RangeError when p is not in [0, 1]. */
export function requireProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`Quantile probability is ${p}: it must be between 0 and 1.`)
}
