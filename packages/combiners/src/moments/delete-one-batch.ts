/**
 * Jackknife variances from estimates that each leave out one batch of draws: the delete-m_j jackknife for batches of unequal size, which is the usual
 * delete-one-batch jackknife for equal ones. Batches longer than the autocorrelation time make it valid for chains.
 *
 * `full` and each replicate are vectors of the same length; `sizes[b]` is the number of draws that replicate b lacks. Returns the variance of each entry.
 * Source: Busing, Meijer & Van der Leeden (1999), Delete-m jackknife for unequal m, Statistics and Computing 9.
 */
export function deleteOneBatchVariance(full: Float64Array, replicates: readonly Float64Array[], sizes: readonly number[]): Float64Array {
  const batches = replicates.length
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return full.map((estimate, i) => {
    let centre = batches * estimate
    for (let b = 0; b < batches; b++) centre -= (1 - sizes[b] / total) * replicates[b][i]
    let variance = 0
    for (let b = 0; b < batches; b++) {
      const ratio = total / sizes[b]
      const pseudoValue = ratio * estimate - (ratio - 1) * replicates[b][i]
      variance += ((pseudoValue - centre) * (pseudoValue - centre)) / (ratio - 1)
    }
    return variance / batches
  })
}
