import { foldIn, prngKey, uniformInto } from '@chorale/random'
import type { DesignMatrix } from '../../src/wasm/design-matrix.js'

/** Numbers between -scale and scale, the same for equal seeds. */
export const randomVector = (length: number, seed: number, scale = 1): Float64Array => {
  const out = new Float64Array(length)
  uniformInto(out, foldIn(prngKey(42), seed))
  return out.map(u => scale * (2 * u - 1))
}

export const randomDesign = (rows: number, columns: number, seed: number): DesignMatrix & { readonly layout: 'row-major' } => ({
  layout: 'row-major',
  rows,
  columns,
  values: randomVector(rows * columns, seed),
})

export const byColumns = (design: DesignMatrix & { readonly layout: 'row-major' }): DesignMatrix => ({
  layout: 'columns',
  rows: design.rows,
  columns: Array.from({ length: design.columns }, (_, j) =>
    Float64Array.from({ length: design.rows }, (_, i) => design.values[i * design.columns + j]),
  ),
})

export const randomResponse = (rows: number, seed: number): Float64Array => randomVector(rows, seed).map(u => (u > 0 ? 1 : 0))

/** Largest error relative to the sums of absolute terms. */
export const relativeError = (actual: Float64Array, expected: Float64Array, absoluteTerms: Float64Array): number =>
  expected.reduce((worst, value, k) => Math.max(worst, Math.abs(actual[k] - value) / (absoluteTerms[k] || 1)), 0)
