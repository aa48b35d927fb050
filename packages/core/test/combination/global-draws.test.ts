import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { describe, expect, test } from 'vitest'

import { createStream, prngKey } from '@chorale/random'

import type { ParameterInfo } from '../../src/contracts/index.js'
import { globalDraws, globalPositions } from '../../src/combination/global-draws.js'
import { concatenate } from '../../src/combination/sub-posteriors.js'
import type { ChainDraws } from '../../src/run-directory/index.js'

const site = (name: string, scope: ParameterInfo['scope'], offset: number, size: number): ParameterInfo => ({
  name,
  shape: [size],
  support: 'real',
  scope,
  offset,
  size,
})
/** Local coordinates lie between the global ones. */
const PARAMETERS = [site('a', 'global', 0, 1), site('l', 'local', 1, 3), site('b', 'global', 4, 1)]
const GLOBAL = [0, 4]
const MEAN = [1, -1, 0.5, 2, -2]
/** Gaussian with this precision. Given the local coordinates, the global ones are far better known than without. */
const PRECISION = new Matrix([
  [9, 2, 2.2, 1.9, 0.5],
  [2, 2, 0, 0, 0.3],
  [2.2, 0, 2, 0, -0.4],
  [1.9, 0, 0, 2, 0.6],
  [0.5, 0.3, -0.4, 0.6, 3],
])
const symmetric = (matrix: Matrix): Matrix => Matrix.add(matrix, matrix.transpose()).mul(0.5)
const COVARIANCE = symmetric(new CholeskyDecomposition(PRECISION).solve(Matrix.eye(5)))
const MARGINAL = new CholeskyDecomposition(COVARIANCE.selection(GLOBAL, GLOBAL)).solve(Matrix.eye(2))

/** Draws of the Gaussian with their gradients. */
function chain(draws: number, seed: number): ChainDraws {
  const lower = new CholeskyDecomposition(COVARIANCE).lowerTriangularMatrix
  const stream = createStream(prngKey(seed))
  const positions = new Float64Array(draws * 5)
  const scores = new Float64Array(draws * 5)
  for (let row = 0; row < draws; row++) {
    const z = Matrix.columnVector(Array.from({ length: 5 }, () => stream.normal()))
    const deviation = lower.mmul(z).to1DArray()
    positions.set(
      deviation.map((x, i) => x + MEAN[i]!),
      row * 5,
    )
    scores.set(PRECISION.mmul(Matrix.columnVector(deviation)).mul(-1).to1DArray(), row * 5)
  }
  return { draws, dimension: 5, positions, scores }
}

/** P = -Cov(g, theta) inverse(Cov(theta)), and P mean + mean(g), by score moments. */
function scoreMoments(chains: readonly ChainDraws[]) {
  const { draws, dimension: d, positions, scores } = concatenate(chains)
  const rows = (values: Float64Array): Matrix => Matrix.from1DArray(draws, d, values)
  const [x, g] = [rows(positions), rows(scores)]
  const [meanX, meanG] = [x.mean('column'), g.mean('column')]
  const [cx, cg] = [x.clone().subRowVector(meanX), g.clone().subRowVector(meanG)]
  const precision = new CholeskyDecomposition(symmetric(cx.transpose().mmul(cx))).solve(cx.transpose().mmul(cg)).transpose().mul(-1)
  const shift = precision.mmul(Matrix.columnVector(meanX)).add(Matrix.columnVector(meanG))
  return { precision, shift }
}
const worst = (found: Matrix, truth: Matrix): number => Matrix.sub(found, truth).abs().max() / truth.clone().abs().max()
const TRUE_SHIFT = MARGINAL.mmul(Matrix.columnVector(GLOBAL.map(i => MEAN[i]!)))

describe('scores of the global coordinates of a Gaussian shard', () => {
  test('give the marginal precision and mean exactly, with no noise of the local coordinates', () => {
    const { precision, shift } = scoreMoments(globalDraws([chain(120, 1), chain(100, 2)], PARAMETERS, 'leave out'))
    expect(worst(precision, MARGINAL)).toBeLessThan(1e-9)
    expect(worst(shift, TRUE_SHIFT)).toBeLessThan(1e-9)
  })

  test('have the same limit as they are, but noise of the order of moments of the draws', () => {
    const raw = (draws: number) => scoreMoments([globalPositions(chain(draws, 3), PARAMETERS)]).precision
    expect(worst(raw(220), MARGINAL)).toBeGreaterThan(0.02)
    expect(worst(raw(100_000), MARGINAL)).toBeLessThan(0.02)
  })

  test('stay as they are or are left out, as asked, where the fit would have too few draws; without scores there are none', () => {
    const few = chain(40, 4)
    expect(globalDraws([few], PARAMETERS, 'keep')).toEqual([globalPositions(few, PARAMETERS)])
    expect(globalDraws([few], PARAMETERS, 'leave out')[0]!.scores).toHaveLength(0)
    const none = { ...chain(500, 5), scores: new Float64Array() }
    expect(globalDraws([none], PARAMETERS, 'keep')).toEqual([globalPositions(none, PARAMETERS)])
  })
})

test('positions are those of the global coordinates, in the order of the vector; without local ones the chain is the same object', () => {
  const whole = chain(50, 6)
  const { positions, dimension } = globalPositions(whole, PARAMETERS)
  expect(dimension).toBe(2)
  expect([...positions.subarray(2, 4)]).toEqual([whole.positions[5], whole.positions[9]])
  expect(globalPositions(whole, [site('a', 'global', 0, 5)])).toBe(whole)
})
