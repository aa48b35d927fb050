import type { SavedState, Stateful } from '../chain/saved-state.js'

/** Running moments of vectors. */
export interface RunningMoments extends Stateful {
  add(x: Float64Array): void
  count(): number
  /** Sample variances (d) or the covariance matrix (d x d, row-major), divisor n - 1; zeros below two vectors. */
  read(): Float64Array
  reset(): void
}

/** Variances by Welford's update. Source: Welford (1962), Technometrics 4. */
export function runningVariance(dimension: number): RunningMoments {
  const mean = new Float64Array(dimension)
  const squares = new Float64Array(dimension)
  return runningMoments(mean, squares, (x, n) => {
    for (let i = 0; i < dimension; i++) {
      const delta = x[i] - mean[i]
      mean[i] += delta / n
      squares[i] += delta * (x[i] - mean[i])
    }
  })
}

/** Covariances by Welford's update, as one symmetric matrix. */
export function runningCovariance(dimension: number): RunningMoments {
  const mean = new Float64Array(dimension)
  const delta = new Float64Array(dimension)
  const products = new Float64Array(dimension * dimension)
  return runningMoments(mean, products, (x, n) => {
    for (let i = 0; i < dimension; i++) {
      delta[i] = x[i] - mean[i]
      mean[i] += delta[i] / n
    }
    const after = (n - 1) / n
    for (let i = 0; i < dimension; i++) {
      for (let j = 0; j < dimension; j++) products[i * dimension + j] += delta[i] * delta[j] * after
    }
  })
}

/** `update` takes in the n-th vector. */
function runningMoments(mean: Float64Array, products: Float64Array, update: (x: Float64Array, n: number) => void): RunningMoments {
  let n = 0
  return {
    add(x) {
      n++
      update(x, n)
    },
    count: () => n,
    read: () => products.map(sum => (n > 1 ? sum / (n - 1) : 0)),
    reset() {
      n = 0
      mean.fill(0)
      products.fill(0)
    },
    save: (): SavedState => ({ count: Float64Array.of(n), mean: mean.slice(), products: products.slice() }),
    restore(saved) {
      n = saved.count[0]
      mean.set(saved.mean)
      products.set(saved.products)
    },
  }
}
