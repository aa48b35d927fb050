import type { MetricBase } from './metric-base.js'

/**
 * The metric whose inverse is S (I + U' (L - I) U) S: S the diagonal matrix of `scales`, L that of `eigenvalues`, the rows of U orthonormal. On the scale
 * of S it stretches the directions of U and leaves all others alone.
 *
 * Source: Seyboldt, Carlson & Carpenter, "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence".
 */
export interface LowRankMetric extends MetricBase {
  readonly kind: 'low-rank'
  /** d standard deviations: the diagonal of S. */
  readonly scales: Float64Array
  /** r: the number of directions. */
  readonly rank: number
  /** U, r x d, row-major: row k is the unit vector of direction k, so that U x is r dot products and U' c is r additions of rows. */
  readonly vectors: Float64Array
  /** r variances along the directions, on the scale of S. */
  readonly eigenvalues: Float64Array
}

/** The metric of these fields, which it keeps. `scales` and `eigenvalues` are positive and finite. */
export function lowRankMetric(fields: Pick<LowRankMetric, 'scales' | 'vectors' | 'eigenvalues'>): LowRankMetric {
  const { scales, vectors, eigenvalues } = fields
  const rank = eigenvalues.length
  const stretches = eigenvalues.map(value => value - 1)
  const momentumStretches = eigenvalues.map(value => 1 / Math.sqrt(value) - 1)
  const before = new Float64Array(scales.length)

  return {
    kind: 'low-rank',
    scales,
    rank,
    vectors,
    eigenvalues,
    velocityInto(velocity, momentum) {
      for (let i = 0; i < before.length; i++) before[i] = scales[i] * momentum[i]
      stretchInto(velocity, before, vectors, stretches)
      for (let i = 0; i < before.length; i++) velocity[i] *= scales[i]
    },
    momentumInto(momentum, stream) {
      stream.normalsInto(before)
      stretchInto(momentum, before, vectors, momentumStretches)
      for (let i = 0; i < before.length; i++) momentum[i] /= scales[i]
    },
    save: () => ({ scales, vectors, eigenvalues }),
  }
}

/** out = (I + U' C U) x, C the diagonal matrix of `stretches`. One pass over U: each row is still at hand when it is added. */
function stretchInto(out: Float64Array, x: Float64Array, vectors: Float64Array, stretches: Float64Array): void {
  const d = x.length
  for (let i = 0; i < d; i++) out[i] = x[i]
  for (let k = 0, row = 0; k < stretches.length; k++, row += d) {
    const weight = stretches[k] * dotProduct(vectors, row, x)
    for (let i = 0; i < d; i++) out[i] += weight * vectors[row + i]
  }
}

/** Row `row` of U times x, in four sums, which need not wait for one another. */
function dotProduct(vectors: Float64Array, row: number, x: Float64Array): number {
  const d = x.length
  const even = d - (d % 4)
  let a = 0
  let b = 0
  let c = 0
  let e = 0
  for (let i = 0, at = row; i < even; i += 4, at += 4) {
    a += vectors[at] * x[i]
    b += vectors[at + 1] * x[i + 1]
    c += vectors[at + 2] * x[i + 2]
    e += vectors[at + 3] * x[i + 3]
  }
  for (let i = even; i < d; i++) a += vectors[row + i] * x[i]
  return a + b + (c + e)
}
