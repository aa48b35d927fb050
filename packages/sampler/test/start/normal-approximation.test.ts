import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import { climb } from '../../src/start/climb.js'
import { createCurvature, type Curvature } from '../../src/start/curvature.js'
import { normalApproximation } from '../../src/start/normal-approximation.js'
import { thinQr } from '../../src/start/thin-qr.js'
import { equicorrelatedNormals } from '../densities.js'
import { probeOf } from './probes.js'

/** The BFGS update of the inverse Hessian, written out: H = (I - s y'/s'y) H (I - y s'/s'y) + s s'/s'y, from the diagonal of scales. */
function denseInverseHessian({ dimension: d, pairs, scales }: Curvature): number[][] {
  let h = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? scales[i] : 0)))
  for (const { step, change, product } of pairs) {
    const v = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => Number(i === j) - (step[i] * change[j]) / product))
    const vh = v.map(row => h[0].map((_, j) => row.reduce((sum, x, k) => sum + x * h[k][j], 0)))
    h = vh.map((row, i) => v.map((other, j) => row.reduce((sum, x, k) => sum + x * other[k], 0) + (step[i] * step[j]) / product))
  }
  return h
}

/** Random pairs with positive curvature: change = A step with A = diagonal plus a rank-one matrix. */
function randomCurvature(d: number, count: number): Curvature {
  const stream = createStream(prngKey(10 * d + count))
  const curvature = createCurvature(d, 6)
  for (let k = 0; k < count; k++) {
    const step = Float64Array.from({ length: d }, () => stream.normal())
    const total = step.reduce((sum, x) => sum + x, 0)
    expect(
      curvature.learn(
        step,
        step.map((x, i) => x * (1 + i) + 0.5 * total),
      ),
    ).toBe(true)
  }
  return curvature
}

const unit = (d: number, i: number) => Float64Array.from({ length: d }, (_, j) => Number(i === j))
const zeros = (d: number) => new Float64Array(d)

describe.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [5, 4],
  [9, 6],
  [30, 6],
  [4, 0],
])('the normal approximation in %d dimensions of %d pairs', (d, count) => {
  const curvature = randomCurvature(d, count)
  const dense = denseInverseHessian(curvature)
  const approximation = normalApproximation(zeros(d), zeros(d), curvature)!

  it('has the L-BFGS inverse Hessian as covariance', () => {
    for (let i = 0; i < d; i++) {
      // The mean is position + covariance x gradient.
      const { mean } = normalApproximation(zeros(d), unit(d, i), curvature)!
      dense[i].forEach((value, j) => expect(Math.abs(mean[j] - value)).toBeLessThan(1e-9 * Math.sqrt(dense[i][i] * dense[j][j])))
      expect(Math.abs(approximation.variances[i] / dense[i][i] - 1)).toBeLessThan(1e-9)
    }
  })

  it('draws with that covariance, at the density that it says', () => {
    const n = 4000
    const stream = createStream(prngKey(5))
    const draw = new Float64Array(d)
    const squares = new Float64Array(d)
    let logDensities = 0
    for (let k = 0; k < n; k++) {
      approximation.drawInto(draw, stream, 1)
      draw.forEach((x, i) => (squares[i] += (x * x) / dense[i][i]))
      logDensities += approximation.logDensity(draw)
    }
    squares.forEach(sum => expect(Math.abs(sum / n - 1)).toBeLessThan(4.5 * Math.sqrt(2 / n)))
    // E log q = -entropy: log q at the mean less d/2; its variance is d/2.
    const expected = approximation.logDensity(approximation.mean) - d / 2
    expect(Math.abs(logDensities / n - expected)).toBeLessThan(4.5 * Math.sqrt(d / 2 / n))
  })

  it('is normalised', () => {
    const determinant = logDeterminant(dense)
    expect(approximation.logDensity(zeros(d))).toBeCloseTo(-0.5 * (d * Math.log(2 * Math.PI) + determinant), 8)
  })
})

function logDeterminant(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map(row => [...row])
  let sum = 0
  rows.forEach((pivotRow, k) => {
    sum += Math.log(pivotRow[k])
    for (const row of rows.slice(k + 1)) {
      const ratio = row[k] / pivotRow[k]
      row.forEach((_, j) => (row[j] -= ratio * pivotRow[j]))
    }
  })
  return sum
}

describe('what a climb learns of a normal density', () => {
  it('has about its standard deviations', async () => {
    const rho = 0.5
    const d = 8
    const { curvature, position, gradient } = await climb(
      probeOf(d, equicorrelatedNormals(d, rho)),
      Float64Array.from({ length: d }, (_, i) => 2 - i / 2),
      {
        maxIterations: 100,
      },
    )
    const { variances } = normalApproximation(position, gradient, curvature)!
    for (const variance of variances) {
      expect(variance).toBeGreaterThan(0.2)
      expect(variance).toBeLessThan(5)
    }
  })
})

describe('a thin QR factorisation', () => {
  it('of dependent columns is orthonormal and gives them back', () => {
    const columns = [
      [1, 2, 3, 4],
      [2, 4, 6, 8],
      [0, 0, 0, 0],
      [1, 0, -1, 2],
      [3, 1, 0, 0],
      [0, 1, 0, 1],
    ].map(c => Float64Array.from(c))
    const copies = columns.map(c => c.slice())
    const { basis, upper } = thinQr(copies, 4)
    expect(basis).toHaveLength(4)
    basis.forEach((a, i) => basis.forEach((b, j) => expect(a.reduce((sum, x, k) => sum + x * b[k], 0)).toBeCloseTo(Number(i === j), 12)))
    columns.forEach((column, j) =>
      column.forEach((x, i) => expect(basis.reduce((sum, q, k) => sum + q[i] * upper[k * columns.length + j], 0)).toBeCloseTo(x, 12)),
    )
  })
})
