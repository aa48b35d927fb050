import { tiledBytes, blockRows } from './tiles.js'

/**
 * `logistic`, `poisson`: Bernoulli with logit link and Poisson with log link, fused. `linear-predictor`: X beta and X' r for another likelihood.
 * `matrix`: products with a constant matrix.
 */
export type ProductKind = 'logistic' | 'poisson' | 'linear-predictor' | 'matrix'

/** What runs a product: a WebAssembly kernel, or loops in the model's JavaScript. */
export type ProductEngine = 'wasm' | 'javascript'

/** A WebAssembly memory ends at 4 GiB; the rest is for working memory and other designs of the model. */
const packedLimit = 3.5e9

/** Below two tiles the padding costs more than the vectors gain. */
const fusedRows = 24
const predictorColumns = 6
const predictorNumbers = 200
const matrixSide = 12

/**
 * Which engine runs a product of this shape. A function of the shape alone, the same on every machine, because the two sum in another order: draws
 * must not depend on where they were computed.
 *
 * Measured against plain loops in JavaScript (dot product unrolled up to 16 columns) on an Intel Sapphire Rapids core with Node 20: time of
 * JavaScript / time of WebAssembly, best of 15 rounds of one run on a busy machine, so good to a factor of two; single outliers left out.
 *
 * - `logistic`: 24 rows and more, any number of columns: 2.6 to 20 (the exponential and the logarithm dominate). 4 or 8 rows: 0.5 to 4.
 * - `poisson`: 1000 rows of 1, 3, 8, 25 columns: 5, 13, 16, 22; and 2 to 4 times faster than `linear-predictor` with Math.exp.
 * - `linear-predictor`: 1 to 3 columns 0.04 to 0.9 at nearly any number of rows; 4 columns 0.4 (24 rows) to 2.3 (400); 6 columns 1.1 (24 rows),
 *   1.2 (48), 2 to 3 (400 and more); 8 columns 1.8 (24 rows); 25 columns 2 (8 rows), 6 to 10 (24 and more).
 * - `matrix`: square of side 4 0.6, 8 1.7, 12 2.6, 32 5.6, 200 8.5. Below side 12 the loops stay in the model's own function, without a call.
 */
export const productEngine = (kind: ProductKind, rows: number, columns: number): ProductEngine => {
  if (tiledBytes(rows, columns + 2, kind === 'matrix' ? rows : blockRows) > packedLimit) return 'javascript'
  return pays[kind](rows, columns) ? 'wasm' : 'javascript'
}

const pays: Record<ProductKind, (rows: number, columns: number) => boolean> = {
  logistic: rows => rows >= fusedRows,
  poisson: rows => rows >= fusedRows,
  'linear-predictor': (rows, columns) => columns >= predictorColumns && rows * columns >= predictorNumbers,
  matrix: (rows, columns) => rows >= matrixSide && columns >= matrixSide,
}
