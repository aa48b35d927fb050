import { describe, expect, test } from 'vitest'
import { prngKey } from '@chorale/random'

import { fitGaussian } from '../../src/combination/gaussian-fit.js'
import { degreesOfFreedom, studentProposal } from '../../src/verification/student-proposal.js'
import { average, covarianceOf, gaussianDraws } from '../pipeline/normals.js'

const LOWER = [
  [2, 0, 0],
  [-1, 0.5, 0],
  [3, 1, 1e-3],
]
const MEAN = [1, -2, 1e4]
const draws = gaussianDraws(2000, MEAN, LOWER, 1)
const fit = fitGaussian(draws, 'test draws')

describe('a Gaussian fit', () => {
  test('has the mean and the covariance (n - 1) of the draws', () => {
    const columns = [0, 1, 2].map(j => Array.from({ length: 2000 }, (_, i) => draws.values[i * 3 + j]!))
    const centred = columns.map(column => {
      const mean = average(column)
      return column.map(x => x - mean)
    })
    for (let i = 0; i < 3; i++) {
      expect(fit.mean[i]).toBeCloseTo(average(columns[i]!), 8)
      for (let j = 0; j < 3; j++) {
        const products = centred[i]!.reduce((total, x, row) => total + x * centred[j]![row]!, 0)
        expect(fit.covariance[i * 3 + j]).toBeCloseTo(products / 1999, 9)
      }
    }
  })
  test('has a lower factor whose square is the covariance', () => {
    const lower = [0, 1, 2].map(i => [...fit.lower.subarray(3 * i, 3 * i + 3)])
    expect(lower[0]!.slice(1)).toEqual([0, 0])
    expect(covarianceOf(lower).flat()).toEqual([...fit.covariance].map(x => expect.closeTo(x, 10)))
  })
  test.each([
    ['constant draws', [1, 5, 2, 5, 3, 5, 4, 5], 'do not move in coordinate 2'],
    ['a coordinate that another one determines', [1, 0.1, 2, 0.2, 3, 0.3, 4.5, 0.45, 7, 0.7], 'coordinate 2 follows'],
    ['fewer draws than coordinates need', [1, 7, 2, 3], 'do not span'],
    ['a draw that is not a number', [1, 2, NaN, 3, 4, 1], 'no finite covariance'],
  ])('is refused for %s', (_, values, message) => {
    const matrix = { draws: values.length / 2, dimension: 2, values: Float64Array.from(values) }
    const error = { code: 'CHORALE_DRAWS_DEGENERATE', message: expect.stringMatching(`^The draws of shard 3 .*${message}`) }
    expect(() => fitGaussian(matrix, 'draws of shard 3')).toThrow(expect.objectContaining(error))
  })
  test('is not refused at very small or very unequal scales', () => {
    const small = { ...draws, values: draws.values.map((x, at) => (at % 3 === 2 ? x : x * 1e-9)) }
    expect(() => fitGaussian(small, 'test draws')).not.toThrow()
  })
})

describe('the t proposal', () => {
  const size = 20_000
  const { positions, logDensity } = studentProposal(fit, size, prngKey(5))
  const nu = degreesOfFreedom(3)
  const distance = (row: number): number => {
    // Solves L u = x - mean by hand, for the closed form of the density.
    const x = [0, 1, 2].map(i => positions.values[row * 3 + i]! - fit.mean[i]!)
    const u: number[] = []
    for (let i = 0; i < 3; i++) u.push((x[i]! - u.reduce((total, v, j) => total + fit.lower[i * 3 + j]! * v, 0)) / fit.lower[i * 3 + i]!)
    return u.reduce((total, v) => total + v * v, 0)
  }

  test('has heavy tails in few dimensions only', () => expect([1, 10, 11, 50].map(degreesOfFreedom)).toEqual([5, 5, 30, 30]))

  test('has the log density of a multivariate t, up to a constant', () => {
    for (let row = 0; row < 100; row++) expect(logDensity[row]).toBeCloseTo(-((nu + 3) / 2) * Math.log(1 + distance(row) / nu), 8)
  })

  test('has mean and covariance nu/(nu - 2) times the fit, within Monte Carlo error', () => {
    // A marginal t with nu = 5 has kurtosis 9: the variance of a sample variance is (9 - 1)/n of its square.
    for (let i = 0; i < 3; i++) {
      const column = Array.from({ length: size }, (_, row) => positions.values[row * 3 + i]!)
      const variance = (fit.covariance[i * 4]! * nu) / (nu - 2)
      expect(Math.abs(average(column) - fit.mean[i]!)).toBeLessThan(4 * Math.sqrt(variance / size))
      const squares = average(column.map(x => (x - fit.mean[i]!) * (x - fit.mean[i]!)))
      expect(Math.abs(squares / variance - 1)).toBeLessThan(4 * Math.sqrt(8 / size))
    }
  })

  test('has distances that are d F(d, nu): a quarter of them below the first quartile', () => {
    // P(F(3, 5) <= 0.4180) = 0.25 (R: qf(0.25, 3, 5) = 0.41498).
    const below = Array.from({ length: size }, (_, row) => distance(row) / 3).filter(f => f <= 0.41498).length
    expect(Math.abs(below / size - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / size))
  })

  test('gives equal bytes for equal keys', () => {
    expect(studentProposal(fit, 50, prngKey(5)).positions.values).toEqual(positions.values.subarray(0, 150))
    expect(studentProposal(fit, 50, prngKey(6)).positions.values).not.toEqual(positions.values.subarray(0, 150))
  })
})
