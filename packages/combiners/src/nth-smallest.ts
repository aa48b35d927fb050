/**
 * The value at place `rank` (from 0) of `values` in ascending order, in linear time on average (Hoare's quickselect). `values` is
 * reordered.
 */
export function nthSmallestInto(values: Float64Array, rank: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const pivot = medianOfThree(values[low], values[(low + high) >> 1], values[high])
    let [i, j] = [low, high]
    while (i <= j) {
      while (values[i] < pivot) i++
      while (values[j] > pivot) j--
      if (i > j) break
      const swapped = values[i]
      values[i++] = values[j]
      values[j--] = swapped
    }
    if (rank <= j) high = j
    else if (rank >= i) low = i
    else return values[rank]
  }
  return values[rank]
}

const medianOfThree = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
