import { describe, expect, it } from 'vitest'

import { exp, square } from '../../src/expression/elementary.js'
import { dot } from '../../src/expression/linear-algebra.js'
import { Value, value } from '../../src/expression/value.js'
import { input } from '../../src/graph/build.js'
import { evaluate } from '../../src/graph/evaluate.js'
import type { Node } from '../../src/graph/node.js'
import type { Plate } from '../../src/graph/plate.js'
import { coefficients, denseDesign } from '../../src/rewrite/dense-design.js'
import { columnCount, linearForm, obstacle } from '../../src/rewrite/linear-form.js'
import { columnsOf as viewsOf } from '../../src/wasm/design-matrix.js'
import { columnsOf, rowsOf } from './regression-data.js'

const rows = rowsOf(7)
const { normals } = columnsOf(rows, 1)
const [x, z, matrix] = [normals(), normals(), normals(3)]
const groups: Plate = { name: 'groups', size: 2, role: 'fixed', order: 3 }
const names = ['alpha', 'gamma', 'tau', 'beta', 'effects'] as const
const nodes = {
  alpha: input('alpha', { plates: [], event: [] }),
  gamma: input('gamma', { plates: [], event: [] }),
  tau: input('tau', { plates: [], event: [] }),
  beta: input('beta', { plates: [], event: [3] }),
  effects: input('effects', { plates: [groups], event: [] }),
}
const [alpha, gamma, tau, beta, effects] = names.map(name => new Value(nodes[name]))
const index = {
  name: 'group',
  levels: 2,
  codes: Int32Array.of(0, 1, 0, 1, 1, 0, 0),
  plates: [rows],
  isIndexOf: (plate: Plate) => plate === groups,
}
const at: ReadonlyMap<Node, Float64Array> = new Map<Node, Float64Array>([
  [nodes.alpha, Float64Array.of(0.3)],
  [nodes.gamma, Float64Array.of(-1.7)],
  [nodes.tau, Float64Array.of(2.4)],
  [nodes.beta, Float64Array.of(0.5, -0.25, 3)],
  [nodes.effects, Float64Array.of(1, 2)],
])

describe('offset plus design times coefficients is the value', () => {
  it.each<readonly [string, Value, columns: number]>([
    ['a constant', x.mul(2), 0],
    ['intercept, slope and matrix', alpha.add(x.mul(gamma)).add(matrix.dot(beta)), 5],
    ['a matrix alone', matrix.dot(beta), 3],
    ['the product written the other way round', dot(beta, matrix), 3],
    ['a sum of products', matrix.mul(beta).sum(), 3],
    ['an offset', matrix.dot(beta).add(x).sub(0.5), 3],
    ['negated', matrix.dot(beta).add(x).neg(), 3],
    ['subtracted', x.sub(matrix.dot(beta).sub(alpha)), 4],
    ['columns scaled by data, more than once', matrix.dot(beta).mul(x).div(z).mul(-3), 3],
    ['divided by a number', alpha.add(x.mul(gamma)).div(4), 2],
    ['a function of parameters as coefficient', x.mul(exp(alpha)).add(square(gamma)), 2],
    ['times a parameter, offset and all', matrix.dot(beta).add(x).add(alpha).mul(tau), 5],
    ['over a parameter', matrix.dot(beta).add(x).div(tau), 4],
    ['entries of a vector', x.mul(beta.at(0)).add(beta.at(2)), 2],
    ['entries of a data matrix', matrix.at(1).mul(alpha), 1],
    ['one parameter in two places', x.mul(alpha).add(z.mul(alpha)), 2],
  ])('%s', (_name, mean, columns) => {
    const form = linearForm(mean.node, rows)!
    expect(columnCount(form)).toBe(columns)
    const expected = evaluate(mean.node, at)
    const full = new Float64Array(rows.size)
    if (form.offset !== undefined) full.set(form.offset)
    if (columns > 0) {
      const design = denseDesign(form, rows.size)
      const parameters = evaluate(coefficients(form).node, at)
      viewsOf(design).forEach(({ values, start, step }, j) => {
        for (let i = 0; i < rows.size; i++) full[i] += values[start + i * step] * parameters[j]
      })
    }
    expected.forEach((mu, i) => expect(Math.abs(full[i] - mu)).toBeLessThan(1e-13 * (1 + Math.abs(mu))))
  })
})

describe('no linear form has', () => {
  it.each<readonly [string, Value, why: string]>([
    ['effects of groups', alpha.add(effects.at(index)), 'effects of groups'],
    ['a function of a linear form', exp(x.mul(alpha)), 'not linear'],
    ['a product of two', x.mul(alpha).mul(z.mul(gamma)), 'not linear'],
    ['a linear form over another', x.div(x.mul(alpha)), 'not linear'],
  ])('%s', (_name, mean, why) => {
    expect(linearForm(mean.node, rows)).toBeUndefined()
    expect(obstacle(mean.node)).toContain(why)
  })

  it('a vector for each row', () => {
    expect(linearForm(matrix.mul(beta).node, rows)).toBeUndefined()
    expect(linearForm(value([1, 2]).node, rows)).toBeUndefined()
  })
})

it("the data's own matrix is not copied", () => {
  const design = denseDesign(linearForm(matrix.dot(beta).node, rows)!, rows.size)
  expect(design.layout === 'row-major' && design.values).toBe(matrix.node.op === 'constant' && matrix.node.values)
})
