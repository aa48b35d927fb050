/**
 * Delete-one-batch jackknife standard error from the estimates with each of B batches left out: sqrt((B - 1)/B sum (x_b - mean)^2).
 * Source: Efron (1982), The Jackknife, the Bootstrap and Other Resampling Plans, section 3.
 */
export function jackknifeError(leftOut: readonly number[]): number {
  const batches = leftOut.length
  const mean = leftOut.reduce((a, b) => a + b, 0) / batches
  const squares = leftOut.reduce((total, x) => total + (x - mean) * (x - mean), 0)
  return Math.sqrt(((batches - 1) / batches) * squares)
}
