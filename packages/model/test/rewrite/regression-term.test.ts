import { describe, expect, it } from 'vitest'

import { compileDensity, valueAndGradient } from '../../src/compiler/compile-density.js'
import { bernoulli, bernoulliLogit } from '../../src/distributions/bernoulli.js'
import { poisson, poissonLog } from '../../src/distributions/poisson.js'
import { exp, logistic } from '../../src/expression/elementary.js'
import { value, type Value } from '../../src/expression/value.js'
import { rewriteProgram } from '../../src/rewrite/rewrite.js'
import { columnsOf, RegressionBuilder, rowsOf, unobserved } from './regression-data.js'

const powers = { prior: 1, jacobian: 1, likelihood: 1 }
type Columns = ReturnType<typeof columnsOf>
type Build = (p: RegressionBuilder, c: Columns) => void

function built(build: Build, size: number, seed = 3) {
  const rows = rowsOf(size)
  const p = new RegressionBuilder()
  build(p, columnsOf(rows, seed))
  const program = p.program(rows)
  const position = Float64Array.from({ length: program.dimension }, (_, k) => 0.3 * Math.sin(2 * k + 1))
  return { program, position, rewritten: rewriteProgram(program) }
}

const predictor = (p: RegressionBuilder, c: Columns): Value =>
  p
    .parameter('alpha')
    .add(c.normals(5).dot(p.parameter('beta', { plates: [], event: [5] })))
    .sub(c.normals().mul(p.parameter('slope')))

describe('a fused kernel has the value and the gradient of the loop', () => {
  it.each<readonly [string, Build, engine: string]>([
    ['Bernoulli by logits', (p, c) => p.observe(bernoulliLogit(predictor(p, c)), c.zerosAndOnes()), 'logistic'],
    ['Bernoulli by a logistic function', (p, c) => p.observe(bernoulli(logistic(predictor(p, c))), c.zerosAndOnes()), 'logistic'],
    ['Bernoulli with an offset', (p, c) => p.observe(bernoulliLogit(predictor(p, c).add(c.normals())), c.zerosAndOnes()), 'logistic'],
    [
      'Bernoulli with a matrix alone',
      (p, c) => p.observe(bernoulliLogit(c.normals(8).dot(p.parameter('b', { plates: [], event: [8] }))), c.zerosAndOnes()),
      'logistic',
    ],
    ['Poisson by log rates', (p, c) => p.observe(poissonLog(predictor(p, c)), c.counts(9)), 'poisson'],
    ['Poisson by exp, with exposures', (p, c) => p.observe(poisson(exp(predictor(p, c).add(c.normals()))), c.counts(9)), 'poisson'],
  ])('%s', (_name, build, engine) => {
    for (const size of [24, 5000]) {
      const { program, position, rewritten } = built(build, size)
      expect(rewritten.kernels).toEqual([
        { site: 'y', kernel: `${engine} regression (WebAssembly SIMD)`, reason: expect.stringContaining(`${size} rows`) },
      ])
      const direct = valueAndGradient(compileDensity(unobserved(program)), position, powers)
      const fast = valueAndGradient(compileDensity(rewritten.program), position, powers)
      expect(Math.abs(fast.value - direct.value)).toBeLessThan(1e-13 * Math.abs(direct.value))
      // Terms of the gradient are of the order of 1 (10 for counts) for each row.
      direct.gradient.forEach((slope, k) => expect(Math.abs(fast.gradient[k] - slope)).toBeLessThan(1e-13 * 10 * size))
    }
  })
})

describe('a loop stays where', () => {
  it.each<readonly [string, Build, reason: string, size: number]>([
    ['rows are few', (p, c) => p.observe(bernoulliLogit(predictor(p, c)), c.zerosAndOnes()), 'too small for WebAssembly', 20],
    ['there is a weight', (p, c) => p.observe(bernoulliLogit(predictor(p, c)), c.zerosAndOnes(), value(2)), 'has a weight', 100],
    ['the predictor is a curve', (p, c) => p.observe(poissonLog(exp(c.normals().mul(p.parameter('s')))), c.counts(4)), 'not linear', 100],
    [
      'there are several numbers a row',
      (p, c) =>
        p.observe(
          bernoulliLogit(p.parameter('a')),
          c.made([2], k => k % 2),
        ),
      'several numbers',
      100,
    ],
  ])('%s', (_name, build, reason, size) => {
    const { rewritten, program } = built(build, size)
    expect(rewritten.kernels).toEqual([{ site: 'y', kernel: 'fused loop', reason: expect.stringContaining(reason) }])
    expect(rewritten.program.terms).toEqual(program.terms)
  })
})

it('a dense design under another likelihood is said to be a WebAssembly product', () => {
  const { rewritten } = built((p, c) => {
    const fit = c.normals(25).dot(p.parameter('beta', { plates: [], event: [25] }))
    p.observe(bernoulliLogit(exp(fit)), c.zerosAndOnes())
  }, 1000)
  expect(rewritten.kernels[0]).toEqual({
    site: 'y',
    kernel: 'linear predictor (WebAssembly SIMD) and fused loop',
    reason: expect.stringMatching(/^design of 1000 rows x 25 columns; /),
  })
})
