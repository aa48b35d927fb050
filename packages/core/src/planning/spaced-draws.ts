/** Indices of `wanted` of so many draws, evenly spaced from the first on; all where there are fewer. */
export function spaced(draws: number, wanted: number): readonly number[] {
  const count = Math.min(draws, wanted)
  return Array.from({ length: count }, (_, i) => Math.floor((i * draws) / count))
}
