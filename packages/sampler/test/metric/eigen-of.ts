import { withMatrices } from '../../src/metric/matrix-space.js'
import { matrixOf } from '../../src/metric/row-algebra.js'
import { symmetricEigen } from '../../src/metric/symmetric-eigen.js'

/** Eigenvalues of a symmetric matrix in ascending order, each with its vector; null where there are none. */
export const eigenOf = (matrix: Float64Array, size: number): { readonly value: number; readonly vector: Float64Array }[] | null =>
  withMatrices(space => {
    const eigen = symmetricEigen(space, matrixOf(space, matrix, size))
    if (!eigen) return null
    const { values, width } = eigen.vectors
    const found = Array.from(eigen.values, (value, i) => ({ value, vector: values.slice(i * width, i * width + size) }))
    return found.sort((a, b) => a.value - b.value)
  })
