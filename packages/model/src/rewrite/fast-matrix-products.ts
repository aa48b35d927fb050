import { applyTo, cholesky } from '../expression/linear-algebra.js'
import { Value } from '../expression/value.js'
import { constant } from '../graph/build.js'
import type { ConstantNode, KernelNode, Node } from '../graph/node.js'
import { solveLowerColumnsInPlace } from '../kernels/triangular.js'
import { HALF_LOG_2_PI } from '../special/gamma.js'
import { productEngine } from '../wasm/choice.js'
import { productWith, squareWith } from './constant-product.js'
import { rebuild } from './rebuild.js'

/**
 * Products with constant matrices, and quadratic forms of them, by WebAssembly where the shape pays. `replaced`: shapes of the matrices, one for each
 * product found.
 */
export function fastMatrixProducts(node: Node): { readonly node: Node; readonly replaced: readonly string[] } {
  const replaced: string[] = []
  const result = rebuild(node, candidate => {
    if (candidate.op !== 'kernel' || candidate.shape.plates.length > 0) return undefined
    const faster = replacements[candidate.kernel.name]?.(candidate)
    if (faster === undefined) return undefined
    replaced.push(faster.matrix.shape.event.join(' x '))
    return faster.value.node
  })
  return { node: result, replaced }
}

interface Faster {
  readonly value: Value
  readonly matrix: ConstantNode
}

const replacements: Readonly<Record<string, (node: KernelNode) => Faster | undefined>> = {
  dot: ({ inputs: [a, x] }) => {
    const matrix = largeMatrix(a)
    return matrix && { value: applyTo(productWith(matrix), new Value(x)), matrix }
  },
  quadraticForm: ({ inputs: [x, p] }) => {
    const matrix = largeMatrix(p)
    return matrix && { value: applyTo(squareWith(matrix), new Value(x)), matrix }
  },
  multivariateNormalCholesky: ({ inputs: [x, mean, lower] }) => {
    const matrix = largeMatrix(lower)
    if (matrix === undefined) return undefined
    const white = applyTo(productWith(inverseOfLower(matrix)), new Value(x).sub(new Value(mean)))
    return {
      value: white
        .square()
        .sum()
        .mul(-0.5)
        .sub(logDiagonal(matrix) + matrix.shape.event[0] * HALF_LOG_2_PI),
      matrix,
    }
  },
  multivariateNormalPrecision: ({ inputs: [x, mean, precision] }) => {
    const matrix = largeMatrix(precision)
    if (matrix === undefined) return undefined
    const factor = cholesky(new Value(matrix)).node as ConstantNode
    const square = applyTo(squareWith(matrix), new Value(x).sub(new Value(mean)))
    return { value: square.mul(-0.5).add(logDiagonal(factor) - matrix.shape.event[0] * HALF_LOG_2_PI), matrix }
  },
}

/** inverse(L) of a lower-triangular matrix, by solving for the columns of the identity. */
function inverseOfLower({ values, shape }: ConstantNode): ConstantNode {
  const [size] = shape.event
  const inverse = new Float64Array(size * size)
  for (let i = 0; i < size; i++) inverse[i * (size + 1)] = 1
  solveLowerColumnsInPlace(inverse, 0, values, 0, size, size)
  return constant(inverse, shape)
}

function logDiagonal({ values, shape }: ConstantNode): number {
  const [size] = shape.event
  let sum = 0
  for (let i = 0; i < size; i++) sum += Math.log(values[i * (size + 1)])
  return sum
}

function largeMatrix(node: Node): ConstantNode | undefined {
  if (node.op !== 'constant' || node.shape.plates.length > 0 || node.shape.event.length !== 2) return undefined
  const [rows, columns] = node.shape.event
  return productEngine('matrix', rows, columns) === 'wasm' ? node : undefined
}
