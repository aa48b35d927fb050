/** sums[at + j] += lanes[2 j] + lanes[2 j + 1]. */
export const addLanesInto = (sums: Float64Array, at: number, lanes: Float64Array, count: number): void => {
  for (let j = 0; j < count; j++) sums[at + j] += lanes[2 * j] + lanes[2 * j + 1]
}
