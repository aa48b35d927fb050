import { instantiate, kernelMemory, type KernelFunction, type KernelMemory } from '@chorale/wasm'
import { buildEigen } from './kernels/eigen-kernels.js'
import { buildRowProducts } from './kernels/row-products.js'
import { buildRowTurns } from './kernels/row-turns.js'
import { LINE, ROW_BLOCK } from './kernels/rows.js'
import { buildTriangular } from './kernels/triangular-kernels.js'

/** All that WebAssembly can address; only what is used is there. */
const MOST_BYTES = 65_536 * 65_536

/** A matrix where kernels find it, row by row, filled up with zeros: each row to whole cache lines, and rows to a multiple of what kernels take at once. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  /** Bytes from one row to the next: the length that kernels are told. */
  readonly stride: number
  readonly address: number
  /** The address behind the rows, those filled up with included. */
  readonly end: number
  /** All entries with those filled up: entry (i, j) is at `i * width + j`. */
  readonly values: Float64Array
  readonly width: number
}

type Kernel =
  | 'multiply'
  | 'product'
  | 'gram'
  | 'addRows'
  | 'centre'
  | 'scaleRows'
  | 'transpose'
  | 'factorise'
  | 'solveUpper'
  | 'tridiagonalise'
  | 'diagonalise'
  | 'reflectBack'

/** Memory for the matrices of one computation, and the kernels that work there. */
export interface MatrixSpace {
  readonly kernels: Readonly<Record<Kernel, KernelFunction>>
  /** A matrix of zeros. */
  matrix(rows: number, columns: number): Matrix
}

let memory: KernelMemory | undefined
let kernels: Readonly<Record<string, KernelFunction>> | undefined

/**
 * Runs `compute` with matrices that are gone when it is over: results must be copies. A thread has one memory for all, which is why computations do not nest
 * and nothing may wait in between. Errors: CHORALE_WASM_MEMORY where it is too small.
 */
export function withMatrices<T>(compute: (space: MatrixSpace) => T): T {
  // Of the shared kind because that grows without emptying the arrays given out before.
  const place = (memory ??= kernelMemory({ sharedBytes: MOST_BYTES }))
  kernels ??= instantiate('matrices', place, module => {
    buildTriangular(module, buildRowProducts(module))
    buildEigen(module, buildRowTurns(module))
  })
  const start = place.reserve(0)
  const matrix = (rows: number, columns: number): Matrix => {
    const stride = Math.ceil((8 * columns) / LINE) * LINE
    const width = stride / 8
    const bytes = Math.ceil(rows / ROW_BLOCK) * ROW_BLOCK * stride
    const address = place.reserve(bytes)
    return { rows, columns, stride, address, end: address + bytes, values: place.view(address, bytes / 8)(), width }
  }
  try {
    return compute({ kernels: kernels as MatrixSpace['kernels'], matrix })
  } finally {
    place.rewind(start)
  }
}

export const rowAddress = ({ address, stride }: Matrix, row: number): number => address + row * stride
