import type { BoundModel, Powers, ShardData } from '@chorale/core/contracts'
import { foldIn, prngKey } from '@chorale/random'
import { expect, test } from 'vitest'

import flights from '../model.js'
import { everyFifteenth, powers, shardOf } from './flight-data.js'

const D = 9
// Two and a half blocks of 4096 rows: sums over blocks of unequal size are part of the test.
const shard = shardOf(everyFifteenth, 0, 10_000)
const summary = flights.summarize(shard)
const model = flights.bind(shard, summary)

/** Coefficients about as large as the prior expects them, divided by `shrink`. */
const randomPosition = (n: number, shrink = 1): Float64Array => {
  const position = new Float64Array(D)
  model.samplePriorInto(position, foldIn(prngKey(7), n))
  return position.map(x => x / shrink)
}

function evaluate(
  bound: BoundModel,
  position: Float64Array,
  at: Powers = powers,
): { readonly logDensity: number; readonly gradient: Float64Array } {
  const gradient = new Float64Array(D)
  return { logDensity: bound.logDensityInto(gradient, position, at), gradient }
}

/** The row's predictors, from the calendar. */
function predictors(data: ShardData, row: number): readonly number[] {
  const at = new Date(data.column('date')[row]!)
  const hour = at.getUTCHours() + at.getUTCMinutes() / 60
  const angles = [2, 4].flatMap(k => [Math.sin((k * Math.PI * hour) / 24), Math.cos((k * Math.PI * hour) / 24)])
  const weekday = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][at.getUTCDay()]!
  const days = [['thu'], ['fri'], ['sat', 'sun']].map(names => Number(names.includes(weekday)))
  return [1, Math.log(data.column('distance')[row]! / 1000), ...angles, ...days]
}

/** The density as one would write it on paper, with the sum of the absolute values of all terms of each sum. */
function straightforward(data: ShardData, position: Float64Array) {
  const terms: number[] = [...position].map(b => -(b * b) / 12.5 - Math.log(2.5 * Math.sqrt(2 * Math.PI)))
  const gradientTerms = [...position].map(b => [-b / 6.25])
  for (let row = 0; row < data.rows; row++) {
    const x = predictors(data, row)
    const eta = x.reduce((sum, value, j) => sum + value * position[j]!, 0)
    const late = data.column('delay')[row]! > 15
    terms.push(-Math.log1p(Math.exp(late ? -eta : eta)))
    x.forEach((value, j) => gradientTerms[j]!.push(value * (Number(late) - 1 / (1 + Math.exp(-eta)))))
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const scale = (values: readonly number[]): number => sum(values.map(Math.abs))
  return {
    logDensity: sum(terms),
    gradient: gradientTerms.map(sum),
    logDensityScale: scale(terms),
    gradientScale: gradientTerms.map(scale),
  }
}

test('the coefficients have the names of the predictors', () => {
  expect(model.parameters.map(({ name }) => name)).toEqual([
    'intercept',
    'log_distance',
    'sin1',
    'cos1',
    'sin2',
    'cos2',
    'thursday',
    'friday',
    'weekend',
  ])
  expect(model.parameters.every(({ scope, support }) => scope === 'global' && support === 'real')).toBe(true)
})

test.each([0, 1, 2])('log density and gradient are those of the formula, to 1e-12 of the sum of absolute terms (point %i)', n => {
  const position = randomPosition(n)
  const { logDensity, gradient } = evaluate(model, position)
  const expected = straightforward(shard, position)
  expect(Math.abs(logDensity - expected.logDensity)).toBeLessThan(1e-12 * expected.logDensityScale)
  gradient.forEach((value, j) => expect(Math.abs(value - expected.gradient[j]!)).toBeLessThan(1e-12 * expected.gradientScale[j]!))
})

test.each([0, 1, 2])('the gradient is that of the log density (central differences, point %i)', n => {
  const position = randomPosition(n, 5)
  const { gradient } = evaluate(model, position)
  const norm = Math.hypot(...gradient)
  gradient.forEach((value, j) => {
    const h = 1e-5
    const moved = (by: number): number =>
      evaluate(
        model,
        position.map((x, k) => (k === j ? x + by : x)),
      ).logDensity
    expect(Math.abs((moved(h) - moved(-h)) / (2 * h) - value)).toBeLessThan(1e-6 * norm)
  })
})

test('powers scale prior and likelihood apart', () => {
  const position = randomPosition(3)
  const prior = evaluate(model, position, { prior: 1, likelihood: 0, jacobian: 0 })
  const likelihood = evaluate(model, position, { prior: 0, likelihood: 1, jacobian: 0 })
  const mixed = evaluate(model, position, { prior: 1 / 8, likelihood: 3, jacobian: 1 / 8 })
  const normaliser = D * Math.log(2.5 * Math.sqrt(2 * Math.PI))
  expect(prior.logDensity).toBeCloseTo(-position.reduce((sum, b) => sum + b * b, 0) / 12.5 - normaliser, 12)
  expect(mixed.logDensity).toBeCloseTo(prior.logDensity / 8 + 3 * likelihood.logDensity, 6)
  mixed.gradient.forEach((value, j) => expect(value).toBeCloseTo(prior.gradient[j]! / 8 + 3 * likelihood.gradient[j]!, 6))
})

test('the sub-posteriors of four shards multiply to the posterior of their rows', () => {
  const position = randomPosition(4)
  const quarters = [0, 1, 2, 3].map(k => flights.bind(shardOf(everyFifteenth, 2500 * k, 2500), summary))
  const parts = quarters.map(quarter => evaluate(quarter, position, { prior: 1 / 4, likelihood: 1, jacobian: 1 / 4 }).logDensity)
  const whole = evaluate(model, position).logDensity
  expect(Math.abs(parts.reduce((sum, part) => sum + part, 0) - whole)).toBeLessThan(1e-12 * Math.abs(whole))
})

test('equal positions give equal bits, whatever was evaluated in between', () => {
  const first = evaluate(model, randomPosition(5))
  evaluate(model, randomPosition(6))
  const log = new Float64Array(shard.rows)
  model.pointwiseInto!(log, randomPosition(6))
  const again = evaluate(flights.bind(shard, summary), randomPosition(5))
  expect(evaluate(model, randomPosition(5))).toEqual(first)
  expect(again).toEqual(first)
})

test('the density is finite where exp(eta) is not', () => {
  const position = new Float64Array(D).fill(0)
  position[0] = 800
  const late = shard.column('delay').filter(delay => delay > 15).length
  expect(evaluate(model, position, { prior: 0, likelihood: 1, jacobian: 0 }).logDensity).toBeCloseTo(-800 * (shard.rows - late), 6)
})

test('pointwise log likelihoods add up to the log likelihood', () => {
  const position = randomPosition(8, 5)
  const pointwise = new Float64Array(shard.rows)
  model.pointwiseInto!(pointwise, position)
  const likelihood = evaluate(model, position, { prior: 0, likelihood: 1, jacobian: 0 }).logDensity
  expect(Math.abs(pointwise.reduce((sum, value) => sum + value, 0) - likelihood)).toBeLessThan(1e-12 * Math.abs(likelihood))
})

test('simulated flights are late as often as the model says', () => {
  const position = new Float64Array(D)
  position[0] = Math.log(0.2 / 0.8)
  const { late } = model.simulate(position, prngKey(11))
  const share = late!.reduce((sum, value) => sum + value, 0) / shard.rows
  expect(Math.abs(share - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / shard.rows))
})

test('prior draws have mean 0 and standard deviation 2.5', () => {
  const draws = Array.from({ length: 2000 }, (_, n) => [...randomPosition(100 + n)]).flat()
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length
  const square = draws.reduce((sum, x) => sum + x * x, 0) / draws.length
  expect(Math.abs(mean)).toBeLessThan((4 * 2.5) / Math.sqrt(draws.length))
  expect(Math.abs(square - 6.25)).toBeLessThan(4 * 6.25 * Math.sqrt(2 / draws.length))
})

test('all coefficients are real: constrained and unconstrained positions are the same', () => {
  const position = randomPosition(9)
  const values = new Float64Array(D)
  const back = new Float64Array(D)
  model.constrainInto(values, position)
  model.unconstrainInto(back, values)
  expect([...values, ...back]).toEqual([...position, ...position])
})
