/** A bias that nobody notices beside the posterior's own width. */
const TOLERABLE_BIAS = 0.1

/**
 * The largest number of shards for which the predicted bias of combining stays below `limit` posterior sd (default 0.1), from the bias that a pilot with `shards`
 * shards of the same rows predicts. At least 1, at most `largest`.
 *
 * With the rows fixed, the skewness of a sub-posterior grows as sqrt(K) because it has fewer rows, and the bias of K of them as gamma (K - 1)/(2 sqrt K): so the
 * bias is proportional to K - 1. Measured on a logistic regression with a rare predictor: .19, .66, 1.14 sd for 4, 10, 20 shards.
 *
 * @throws RangeError unless there are at least two shards and the bias is not negative.
 */
export function adviseShards(
  pilot: { readonly shards: number; readonly predictedBias: number },
  { limit = TOLERABLE_BIAS, largest = Infinity }: { readonly limit?: number; readonly largest?: number } = {},
): number {
  const { shards, predictedBias } = pilot
  if (!(shards >= 2)) throw new RangeError('A pilot needs at least two shards to predict the bias of combining them.')
  if (!(predictedBias >= 0)) throw new RangeError(`The predicted bias is ${predictedBias}; it must be a number that is not negative.`)
  if (predictedBias === 0) return largest
  return Math.min(largest, 1 + Math.floor((limit * (shards - 1)) / predictedBias + 1e-9))
}
