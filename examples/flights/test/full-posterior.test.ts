import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { COEFFICIENTS, derivatives, findMode, logPosterior, sampleMoments, signedDesign, type SignedDesign } from '../full-posterior.js'
import flights from '../model.js'
import { everyFifteenth, powers, shardOf } from './flight-data.js'

interface Expected {
  readonly rows: number
  readonly coefficients: Readonly<
    Record<string, { readonly mean: number; readonly sd: number; readonly mcseMean: number; readonly mcseSd: number }>
  >
}

const expected = (JSON.parse(readFileSync(new URL('../expected.json', import.meta.url), 'utf8')) as { readonly every15: Expected }).every15
const coefficients = COEFFICIENTS.map(name => expected.coefficients[name]!)
const design = signedDesign(everyFifteenth)
const means = coefficients.map(({ mean }) => mean)

test('expected.json is about the rows and the coefficients of the model', () => {
  const rows = everyFifteenth.delay.length
  const bound = flights.bind(shardOf(everyFifteenth, 0, rows), null)
  expect(expected.rows).toBe(rows)
  expect(bound.parameters.map(({ name }) => name)).toEqual(COEFFICIENTS)
})

test('at the expected means, one Newton step of the full posterior moves no coefficient by 0.1 posterior sd', () => {
  const { gradient, information } = derivatives(design, means)
  const { covariance } = findMode(design)
  const step = covariance.mmul(gradient)
  coefficients.forEach(({ sd }, j) => expect(Math.abs(step.get(j, 0))).toBeLessThan(0.1 * sd))
  // The expected sds hold all of the posterior, not only its curvature at the mode: at this many rows the two differ by less than 1 %.
  coefficients.forEach(({ sd }, j) => expect(Math.abs(Math.sqrt(covariance.get(j, j)) / sd - 1)).toBeLessThan(0.01))
  expect(information.rows).toBe(9)
})

test('their Monte Carlo errors are below 0.02 posterior sd for means and 1 % for sds', () => {
  for (const { sd, mcseMean, mcseSd } of coefficients) {
    expect(mcseMean).toBeLessThan(0.02 * sd)
    expect(mcseSd).toBeLessThan(0.01 * sd)
  }
})

test('the model has the density of the independent calculation, and its gradient', () => {
  const bound = flights.bind(shardOf(everyFifteenth, 0, expected.rows), null)
  const gradient = new Float64Array(9)
  const logDensity = bound.logDensityInto(gradient, Float64Array.from(means), powers)
  // logPosterior leaves the priors' normalising constants out.
  const independent = logPosterior(design, means) - COEFFICIENTS.length * Math.log(2.5 * Math.sqrt(2 * Math.PI))
  expect(Math.abs(logDensity - independent)).toBeLessThan(1e-11 * Math.abs(independent))
  const other = derivatives(design, means).gradient
  gradient.forEach((value, j) => expect(Math.abs(value - other.get(j, 0))).toBeLessThan(1e-6))
})

/** Twelve flights of which nothing but the intercept is known, three of them late. */
const skewed: SignedDesign = {
  rows: 12,
  values: Float64Array.from({ length: 12 * 9 }, (_, k) => (k % 9 > 0 ? 0 : k / 9 < 3 ? 1 : -1)),
}

test('on a skewed posterior the sampled moments are those of quadrature, where the normal approximation is far off', () => {
  const grid = Array.from({ length: 20_001 }, (_, i) => -10 + i / 1000)
  const weights = grid.map(b => Math.exp(-3 * Math.log1p(Math.exp(-b)) - 9 * Math.log1p(Math.exp(b)) - (b * b) / 12.5))
  const moment = (f: (b: number) => number): number =>
    grid.reduce((sum, b, i) => sum + weights[i]! * f(b), 0) / weights.reduce((sum, w) => sum + w, 0)
  const mean = moment(b => b)
  const sd = Math.sqrt(moment(b => (b - mean) * (b - mean)))

  const laplace = findMode(skewed)
  const sampled = sampleMoments(skewed, laplace, 20_000, 3)
  expect(Math.abs(sampled.mean[0]! - mean)).toBeLessThan(4 * sampled.mcseMean[0]!)
  expect(Math.abs(sampled.sd[0]! - sd)).toBeLessThan(4 * sampled.mcseSd[0]!)
  expect(Math.abs(laplace.mode[0]! - mean)).toBeGreaterThan(10 * sampled.mcseMean[0]!)
  // The other coefficients have their prior.
  expect(Math.abs(sampled.mean[4]!)).toBeLessThan(4 * sampled.mcseMean[4]!)
  expect(Math.abs(sampled.sd[4]! - 2.5)).toBeLessThan(4 * sampled.mcseSd[4]!)
})
