import { kernelMemory } from '@chorale/wasm'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sumBlocksPairwise } from '../../src/blocks/pairwise.js'
import { logisticKernel, logisticRegression, packLogistic, type LogisticData } from '../../src/wasm/logistic-regression.js'
import { regressionWorkBytes, type RegressionKernel } from '../../src/wasm/regression-kernel.js'
import { byColumns, randomDesign, randomResponse, randomVector, relativeError } from './random-design.js'

const golden = JSON.parse(readFileSync(new URL('../golden/logistic-margins.json', import.meta.url), 'utf8')) as {
  cases: [margin: number, logSigmoid: number, gradient: number][]
}

const evaluate = (kernel: RegressionKernel, beta: Float64Array): Float64Array => {
  const total = new Float64Array(kernel.columns + 1)
  sumBlocksPairwise(total, kernel.blocks, (index, record) => kernel.block(index, beta, record))
  return total
}

type RowMajor = ReturnType<typeof randomDesign>

/** Log likelihood and gradient row by row with Math.exp and Math.log1p, and the sums of absolute terms. */
const plain = (design: RowMajor, response: Float64Array, beta: Float64Array, offset?: Float64Array) => {
  const columns = design.columns
  const sums = new Float64Array(columns + 1)
  const absolute = new Float64Array(columns + 1)
  for (let i = 0; i < design.rows; i++) {
    const x = design.values.subarray(i * columns, (i + 1) * columns)
    const eta = x.reduce((sum, value, j) => sum + value * beta[j], offset?.[i] ?? 0)
    const sign = 2 * response[i] - 1
    const margin = sign * eta
    const terms = [
      Math.min(margin, 0) - Math.log1p(Math.exp(-Math.abs(margin))),
      ...x.map(value => (sign * value) / (1 + Math.exp(margin))),
    ]
    terms.forEach((term, k) => {
      sums[k] += term
      absolute[k] += Math.abs(term)
    })
  }
  return { sums, absolute }
}

const problem = (rows: number, columns: number, scale: number) => ({
  design: randomDesign(rows, columns, rows + columns),
  response: randomResponse(rows, rows + columns + 1),
  beta: randomVector(columns, rows + columns + 2, scale),
  offset: randomVector(rows, rows + columns + 3, 2),
})

describe('log likelihood and gradient equal those of plain loops to 1e-12 of the sum of absolute terms', () => {
  test.each([1, 2, 3, 24, 25, 26, 100])('%i columns, any number of rows', columns => {
    for (const rows of [1, 11, 12, 13, 4095, 4096, 4097, 10_000]) {
      const { design, response, beta } = problem(rows, columns, 1.5)
      const { sums, absolute } = plain(design, response, beta)
      expect(relativeError(evaluate(logisticRegression({ design, response }), beta), sums, absolute)).toBeLessThan(1e-12)
    }
  })

  test('with offsets', () => {
    for (const [rows, columns] of [
      [1, 1],
      [13, 2],
      [4097, 7],
    ] as const) {
      const { design, response, beta, offset } = problem(rows, columns, 1)
      const { sums, absolute } = plain(design, response, beta, offset)
      expect(relativeError(evaluate(logisticRegression({ design, response, offset }), beta), sums, absolute)).toBeLessThan(1e-12)
    }
  })

  test.each([30, 300, 3000, 1e5])('with coefficients up to %d, where some rows are far out and others not', scale => {
    const { design, response, beta } = problem(1000, 3, scale)
    const { sums, absolute } = plain(design, response, beta)
    expect(relativeError(evaluate(logisticRegression({ design, response }), beta), sums, absolute)).toBeLessThan(1e-12)
  })
})

describe('one row', () => {
  const row = (margin: number): Float64Array => {
    const data: LogisticData = {
      design: { layout: 'columns', rows: 1, columns: [Float64Array.of(1)] },
      response: Float64Array.of(1),
    }
    return evaluate(logisticRegression(data), Float64Array.of(margin))
  }

  test.each(golden.cases)('margin %d: log likelihood to 1e-14 relative or 2e-16', (margin, logSigmoid) => {
    expect(Math.abs(row(margin)[0] - logSigmoid)).toBeLessThan(1e-14 * Math.abs(logSigmoid) + 2.3e-16)
  })

  test.each(golden.cases)('margin %d: gradient to 1e-15 (1 + |margin|) relative, where it is a normal number', (margin, _, gradient) => {
    const error = Math.abs(row(margin)[1] - gradient)
    expect(error).toBeLessThan(1e-15 * (1 + Math.abs(margin)) * gradient + 1e-300)
  })
})

test('a block of extreme rows of the same sign keeps its log likelihood: 4096 margins of -699.5', () => {
  const rows = 4096
  const design = { layout: 'columns', rows, columns: [new Float64Array(rows).fill(1)] } as const
  const kernel = logisticRegression({ design, response: new Float64Array(rows) })
  expect(evaluate(kernel, Float64Array.of(699.5))).toEqual(Float64Array.of(-699.5 * rows, -rows))
})

test('a coefficient that is not finite gives NaN, no trap, and leaves nothing behind', () => {
  const { design, response, beta } = problem(100, 3, 1)
  const kernel = logisticRegression({ design, response })
  const before = evaluate(kernel, beta)
  for (const bad of [NaN, Infinity, -Infinity]) {
    expect(evaluate(kernel, Float64Array.of(bad, 0, 1))).toEqual(new Float64Array(4).fill(NaN))
  }
  expect(evaluate(kernel, beta)).toEqual(before)
})

test('linear predictors that overflow give a log likelihood that is not a finite number or the limit, no trap', () => {
  const { design, response } = problem(1000, 2, 1)
  const [value] = evaluate(logisticRegression({ design, response }), Float64Array.of(1.7e308, 1.7e308))
  expect(Number.isFinite(value) && value > -1e300).toBe(false)
})

test('columns and rows give the same bits', () => {
  const { design, response, beta } = problem(5000, 4, 1)
  expect(evaluate(logisticRegression({ design: byColumns(design), response }), beta)).toEqual(
    evaluate(logisticRegression({ design, response }), beta),
  )
})

test('a block has the same bits whoever computes it, in whatever order: two kernels on one shared memory, and one on its own', () => {
  const { design, response, beta } = problem(3 * 4096 + 5, 5, 1)
  const memory = kernelMemory({ sharedBytes: 4e6 })
  const layout = packLogistic({ design, response }, memory)
  const kernels = [1, 2].map(() => logisticKernel(layout, memory, memory.reserve(regressionWorkBytes(layout))))
  const records = Array.from({ length: kernels[0].blocks }, () => new Float64Array(6))
  for (const index of [3, 1, 0, 2]) kernels[index % 2].block(index, beta, records[index])
  const total = new Float64Array(6)
  sumBlocksPairwise(total, records.length, (index, record) => record.set(records[index]))
  expect(total).toEqual(evaluate(logisticRegression({ design, response }), beta))
})

test('a kernel survives growth of its memory', () => {
  const { design, response, beta } = problem(20, 2, 1)
  const memory = kernelMemory()
  const kernel = logisticRegression({ design, response }, memory)
  const before = evaluate(kernel, beta)
  memory.reserve(1e6)
  expect(evaluate(kernel, beta)).toEqual(before)
})
