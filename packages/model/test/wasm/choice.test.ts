import { expect, test } from 'vitest'
import { productEngine, type ProductKind } from '../../src/wasm/choice.js'

const cases: [kind: ProductKind, rows: number, columns: number, engine: 'wasm' | 'javascript'][] = [
  ['logistic', 1000, 25, 'wasm'],
  ['logistic', 24, 1, 'wasm'],
  ['logistic', 23, 100, 'javascript'],
  ['linear-predictor', 1e6, 5, 'javascript'],
  ['linear-predictor', 34, 6, 'wasm'],
  ['linear-predictor', 33, 6, 'javascript'],
  ['linear-predictor', 3e6, 25, 'wasm'],
  ['matrix', 11, 200, 'javascript'],
  ['matrix', 12, 12, 'wasm'],
]

test.each(cases)('%s, %i rows, %i columns: %s', (kind, rows, columns, engine) => {
  expect(productEngine(kind, rows, columns)).toBe(engine)
})

test('a design that a WebAssembly memory cannot hold stays in JavaScript', () => {
  expect(productEngine('logistic', 2e7, 25)).toBe('javascript')
  expect(productEngine('matrix', 30_000, 30_000)).toBe('javascript')
})
