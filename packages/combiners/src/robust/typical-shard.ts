/**
 * log det P - d log(rows): how much a shard knows for its number of rows. `factor` is a triangular root of its precision P (d x d). Differences between shards do not
 * depend on the units of the parameters.
 */
export function logInformation(rows: number, factor: Float64Array, dimension: number): number {
  let sum = 0
  for (let i = 0; i < dimension; i++) sum += 2 * Math.log(factor[i * (dimension + 1)])
  return sum - dimension * Math.log(Math.max(rows, 1))
}

/** The place of the value with as many above as below (the lower of two in the middle). */
export function medianPlace(values: ArrayLike<number>): number {
  const order = Array.from(values, (value, place) => ({ value, place })).sort((a, b) => a.value - b.value || a.place - b.place)
  return order[(order.length - 1) >> 1].place
}
