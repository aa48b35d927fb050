import type { LowRankMetric } from '../../metric/low-rank-metric.js'
import { rowAddress, withMatrices } from '../../metric/matrix-space.js'
import { matrixOf, productOfRows, rowOf, transposed } from '../../metric/row-algebra.js'

/** Whether a product with the whole d x d matrix takes fewer multiplications than two with the directions. */
export const isCheaperWhole = ({ rank, scales }: LowRankMetric): boolean => 2 * rank > scales.length

/** The inverse metric, d x d, row-major. */
export const wholeInverse = (metric: LowRankMetric): Float64Array => wholeMatrix(metric, metric.eigenvalues, metric.scales, metric.scales)

/** The d x d matrix that makes momenta of standard normals. */
export const wholeMomentumRoot = (metric: LowRankMetric): Float64Array => {
  const { eigenvalues, scales } = metric
  const inverseScales = scales.map(scale => 1 / scale)
  const inverseRoots = eigenvalues.map(value => 1 / Math.sqrt(value))
  return wholeMatrix(metric, inverseRoots, inverseScales, new Float64Array(scales.length).fill(1))
}

/** A (I + U' (F - I) U) B, U the directions, F, A and B the diagonal matrices of `factors`, `left` and `right`. */
function wholeMatrix({ vectors, rank }: LowRankMetric, factors: Float64Array, left: Float64Array, right: Float64Array): Float64Array {
  const d = left.length
  return withMatrices(space => {
    const { scaleRows, centre } = space.kernels
    const vectorOf = (values: Float64Array) => matrixOf(space, values, values.length).address
    const directions = matrixOf(space, vectors, d)
    const columns = transposed(space, directions)
    const stretches = vectorOf(factors.map(factor => factor - 1))
    scaleRows(directions.address, rowAddress(directions, rank), directions.stride, directions.stride, stretches)
    const product = productOfRows(space, columns, transposed(space, directions))
    for (let i = 0; i < d; i++) product.values[i * product.width + i] += 1
    const [address, end, stride] = [product.address, rowAddress(product, d), product.stride]
    scaleRows(address, end, stride, stride, vectorOf(left))
    centre(address, end, stride, stride, space.matrix(1, d).address, vectorOf(right))
    const out = new Float64Array(d * d)
    for (let i = 0; i < d; i++) out.set(rowOf(product, i), i * d)
    return out
  })
}
