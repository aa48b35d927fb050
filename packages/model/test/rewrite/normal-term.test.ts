import { describe, expect, it } from 'vitest'

import { compileDensity, valueAndGradient } from '../../src/compiler/compile-density.js'
import { normal } from '../../src/distributions/normal.js'
import { studentT } from '../../src/distributions/student-t.js'
import { exp } from '../../src/expression/elementary.js'
import type { Value } from '../../src/expression/value.js'
import { value } from '../../src/expression/value.js'
import { evaluate } from '../../src/graph/evaluate.js'
import type { Node } from '../../src/graph/node.js'
import type { Plate } from '../../src/graph/plate.js'
import { rewriteProgram } from '../../src/rewrite/rewrite.js'
import { plateOf } from '../compiler/programs.js'
import { columnsOf, RegressionBuilder, rowsOf, unobserved } from './regression-data.js'

const powers = { prior: 1, jacobian: 1, likelihood: 0.7 }
type Columns = ReturnType<typeof columnsOf>
type Build = (p: RegressionBuilder, c: Columns) => void

function built(build: Build, size: number, seed = 3) {
  const rows = rowsOf(size)
  const p = new RegressionBuilder()
  build(p, columnsOf(rows, seed))
  const program = p.program(rows)
  const position = Float64Array.from({ length: program.dimension }, (_, k) => Math.sin(2 * k + 1))
  return { program, position, rewritten: rewriteProgram(program) }
}

/** Sum of the absolute log densities of the rows: what rounding is relative to. */
function absoluteTerms({ program, position }: ReturnType<typeof built>): number {
  const inputs = new Map<Node, Float64Array>(
    program.inputs.map(({ node, offset }) => [node, position.subarray(offset, offset + (node.shape.event[0] ?? 1))]),
  )
  return program.terms.reduce((sum, { node }) => sum + evaluate(node, inputs).reduce((all, x) => all + Math.abs(x), 0), 0)
}

const intercept: Build = (p, { normals }) => p.observe(normal(p.parameter('mu'), exp(p.parameter('log sd'))), normals())
const matrixAnd =
  (mean: (p: RegressionBuilder, c: Columns, fit: Value) => Value): Build =>
  (p, c) =>
    p.observe(
      normal(mean(p, c, c.normals(4).dot(p.parameter('beta', { plates: [], event: [4] }))), exp(p.parameter('log sd'))),
      c.normals(),
    )

describe('a normal regression by sufficient statistics has the value and the gradient of the sum over rows', () => {
  it.each<readonly [string, Build]>([
    ['a mean alone', intercept],
    ['a matrix', matrixAnd((_p, _c, fit) => fit)],
    [
      'intercept, slope and matrix',
      matrixAnd((p, c, fit) =>
        p
          .parameter('alpha')
          .add(fit)
          .add(c.normals().mul(p.parameter('slope'))),
      ),
    ],
    ['an offset', matrixAnd((_p, c, fit) => fit.add(c.normals()))],
    ['a negated mean', matrixAnd((p, c, fit) => c.normals().sub(fit).sub(p.parameter('alpha')).neg())],
    ['columns over data', matrixAnd((p, c, fit) => fit.div(c.made([], k => 1 + (k % 3))).add(p.parameter('alpha').div(7)))],
    ['a scale of the coefficients', matrixAnd((p, _c, fit) => fit.mul(exp(p.parameter('log tau'))))],
    ['a known sd', (p, c) => p.observe(normal(p.parameter('alpha').add(c.normals().mul(p.parameter('slope'))), 2.5), c.normals())],
    [
      'known sds of the rows',
      (p, c) =>
        p.observe(
          normal(
            p.parameter('alpha'),
            c.made([], k => 0.5 + (k % 5)),
          ),
          c.normals(),
        ),
    ],
    ['a known mean', (p, c) => p.observe(normal(c.normals(), exp(p.parameter('log sd'))), c.normals())],
    [
      'weights, zeros among them',
      (p, c) =>
        p.observe(
          normal(p.parameter('alpha').add(c.normals().mul(p.parameter('slope'))), exp(p.parameter('log sd'))),
          c.normals(),
          c.made([], k => k % 4),
        ),
    ],
    ['one weight', (p, c) => p.observe(normal(p.parameter('alpha'), exp(p.parameter('log sd'))), c.normals(), value(0.25))],
    [
      'weights and known sds',
      (p, c) =>
        p.observe(
          normal(
            p.parameter('alpha'),
            c.made([], k => 1 + (k % 2)),
          ),
          c.normals(),
          c.made([], k => k % 3),
        ),
    ],
  ])('%s', (_name, build) => {
    const made = built(build, 300)
    expect(made.rewritten.kernels).toEqual([
      { site: 'y', kernel: 'sufficient statistics (QR)', reason: expect.stringContaining('300 rows became') },
    ])
    const direct = valueAndGradient(compileDensity(unobserved(made.program)), made.position, powers)
    const fast = valueAndGradient(compileDensity(made.rewritten.program), made.position, powers)
    const terms = absoluteTerms(made)
    expect(Math.abs(fast.value - direct.value)).toBeLessThan(1e-12 * terms)
    direct.gradient.forEach((slope, k) => expect(Math.abs(fast.gradient[k] - slope)).toBeLessThan(1e-12 * (terms + Math.abs(slope))))
  })

  it('also for more columns than a WebAssembly product needs, and nearly collinear ones', () => {
    const made = built((p, c) => {
      const trend = c.made([30], k => Math.floor(k / 30) / 2000 + 1e-6 * Math.sin(k))
      p.observe(normal(trend.dot(p.parameter('beta', { plates: [], event: [30] })), exp(p.parameter('log sd'))), c.normals())
    }, 2000)
    const direct = valueAndGradient(compileDensity(unobserved(made.program)), made.position, powers)
    const fast = valueAndGradient(compileDensity(made.rewritten.program), made.position, powers)
    expect(Math.abs(fast.value - direct.value)).toBeLessThan(1e-12 * absoluteTerms(made))
  })

  it('does not keep the rows', () => {
    const { rewritten } = built(intercept, 5000)
    const pending: Node[] = rewritten.program.terms.map(({ node }) => node)
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (node.op === 'constant') expect(node.values.length).toBeLessThan(100)
      pending.push(...node.inputs)
    }
    expect(rewritten.program.terms[0].observation).toBeUndefined()
  })
})

describe('a loop stays where', () => {
  it.each<readonly [string, Build, reason: string, size: number]>([
    [
      'the sd is of each row',
      (p, c) => p.observe(normal(0, exp(c.normals().mul(p.parameter('s')))), c.normals()),
      'sd depends on parameters and differs',
      100,
    ],
    ['rows are fewer than twice the columns', matrixAnd((_p, _c, fit) => fit), '9 rows are too few', 9],
    ['the mean is a curve', (p, c) => p.observe(normal(exp(c.normals().mul(p.parameter('s'))), 1), c.normals()), 'not linear', 100],
    [
      'the weight is a parameter',
      (p, c) => p.observe(normal(p.parameter('mu'), 1), c.normals(), exp(p.parameter('w'))),
      'the weight depends on parameters',
      100,
    ],
    ['there are several numbers a row', (p, c) => p.observe(normal(p.parameter('mu'), 1), c.normals(2)), 'several numbers', 100],
    ['the distribution is another', (p, c) => p.observe(studentT(4, p.parameter('mu'), 1), c.normals()), 'no dense design', 100],
  ])('%s', (_name, build, reason, size) => {
    const { rewritten, program } = built(build, size)
    expect(rewritten.kernels).toEqual([{ site: 'y', kernel: 'fused loop', reason: expect.stringContaining(reason) }])
    expect(rewritten.program.terms).toEqual(program.terms)
  })

  it('effects of groups make the design sparse', () => {
    const groups = plateOf('groups', 3)
    const { rewritten } = built((p, c) => {
      const codes = Int32Array.from({ length: 60 }, (_, k) => k % 3)
      const { plates } = c.normals().node.shape
      const effect = p
        .parameter('effect', { plates: [groups], event: [] })
        .at({ name: 'g', levels: 3, codes, plates, isIndexOf: (plate: Plate) => plate === groups })
      p.observe(normal(effect, 1), c.normals())
    }, 60)
    expect(rewritten.kernels[0].reason).toContain('effects of groups')
  })

  it('the site is not of the rows, but of a fixed plate or of nothing', () => {
    const rows = rowsOf(50)
    const things = plateOf('things', 50)
    const p = new RegressionBuilder()
    const mean = p.parameter('mu')
    p.observe(normal(mean, 1), columnsOf(things, 4).normals())
    p.observe(normal(mean, 1), value(3))
    p.term('prior', normal(0, 1).logDensity(mean))
    const { kernels, program } = rewriteProgram(p.program(rows))
    expect(kernels.map(({ kernel }) => kernel)).toEqual(['fused loop', 'fused loop'])
    expect(program.terms).toEqual(p.terms)
  })
})

it('the choice is a function of the shape: other numbers, the same kernels', () => {
  const build = matrixAnd((p, _c, fit) => fit.add(p.parameter('alpha')))
  expect(built(build, 50, 1).rewritten.kernels).toEqual(built(build, 50, 2).rewritten.kernels)
})

it('programs with the same site share its statistics: data are read once', () => {
  const { program, rewritten } = built(intercept, 100)
  const again = rewriteProgram({ ...program, terms: [...program.terms] })
  expect(again.program.terms[0].node).toBe(rewritten.program.terms[0].node)
  expect(again.kernels).toEqual(rewritten.kernels)
})
