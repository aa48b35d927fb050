/** Shares of values in equal parts of the range from -reach to reach. */
export function shares(values: Float64Array, reach: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0)
  for (const value of values) counts[Math.min(bins - 1, Math.floor(((value / reach + 1) / 2) * bins))]! += 1 / values.length
  return counts
}
