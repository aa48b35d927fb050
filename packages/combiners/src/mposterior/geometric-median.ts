const MOST_STEPS = 200
const TOLERANCE = 1e-10
/** A distance below this part of the largest is taken for it, so that a median on top of one element has finite weights. */
const SMALLEST_DISTANCE = 1e-8

/**
 * Weights (sum 1) with which `size` elements Q_s of a Hilbert space make their geometric median. `distancesTo(weights)` gives |Q_s - sum_t w_t Q_t| of each.
 *
 * Weiszfeld's algorithm: w_s proportional to 1/|Q_s - Q|, Q = sum w_s Q_s, from equal weights until none moves by more than 1e-10. As long as less than half of the
 * elements are far away, the median stays among the others however far those are. Two elements keep equal weights: every point between them is a median.
 * Source: Minsker, Srivastava, Lin & Dunson (2017), Robust and scalable Bayes via a median of subset posterior measures, JMLR 18, algorithm 1.
 */
export function geometricMedianWeights(size: number, distancesTo: (weights: Float64Array) => Float64Array): Float64Array {
  let weights = new Float64Array(size).fill(1 / size)
  for (let step = 0; step < MOST_STEPS; step++) {
    const distances = distancesTo(weights)
    const floor = SMALLEST_DISTANCE * distances.reduce((largest, distance) => Math.max(largest, distance), 0)
    if (floor === 0) return weights
    const closeness = distances.map(distance => 1 / Math.max(distance, floor))
    const total = closeness.reduce((sum, value) => sum + value, 0)
    const next = closeness.map(value => value / total)
    const change = next.reduce((largest, value, s) => Math.max(largest, Math.abs(value - weights[s])), 0)
    weights = next
    if (change <= TOLERANCE) break
  }
  return weights
}

/** Distances from inner products G (S x S) of the elements. */
export const distancesByGram =
  (gram: Float64Array) =>
  (weights: Float64Array): Float64Array => {
    const size = weights.length
    const cross = new Float64Array(size)
    for (let s = 0; s < size; s++) for (let t = 0; t < size; t++) cross[s] += weights[t] * gram[s * size + t]
    const own = cross.reduce((sum, value, s) => sum + weights[s] * value, 0)
    return cross.map((value, s) => Math.sqrt(Math.max(0, gram[s * size + s] - 2 * value + own)))
  }
