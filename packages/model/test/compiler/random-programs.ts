import { createStream, prngKey } from '@chorale/random'

import { cumulativeSum, dot, logSumExp, matMul, outer, quadraticForm, softmax, transpose } from '../../src/expression/linear-algebra.js'
import { concatenate, reshaped } from '../../src/expression/arrays.js'
import * as f from '../../src/expression/elementary.js'
import { Value, value, type Operand } from '../../src/expression/value.js'
import { scan } from '../../src/expression/scan.js'
import { constant, pick, sum } from '../../src/graph/build.js'
import type { Plate } from '../../src/graph/plate.js'
import { scalarShape, sizeOf } from '../../src/graph/shape.js'
import type { DensityProgram, Part } from '../../src/compiler/program.js'
import { plateOf, ProgramBuilder } from './programs.js'

const positive = (x: Value): Value => x.square().add(1)

/** Smooth functions of one value, their results near 1. */
const unary: readonly ((x: Value) => Value)[] = [
  x => f.exp(f.tanh(x)),
  x => f.log(positive(x)),
  x => f.sqrt(positive(x)),
  f.sin,
  f.cos,
  f.tanh,
  f.logistic,
  f.softplus,
  f.neg,
  f.atan,
  f.erf,
  f.normalCdf,
  f.logNormalCdf,
  x => f.expm1(f.tanh(x)),
  x => f.log1p(x.square()),
  x => f.lgamma(positive(x)),
  x => f.digamma(positive(x)),
  x => f.logit(f.logistic(x)),
  x => f.log1mExp(positive(x).neg()),
  x => x.square().mul(0.3),
]

const binary: readonly ((x: Value, y: Value) => Operand)[] = [
  f.add,
  f.sub,
  (x, y) => f.mul(f.tanh(x), y),
  (x, y) => f.div(x, positive(y)),
  (x, y) => f.logAddExp(x, y),
  (x, y) => f.pow(positive(f.tanh(x)), f.tanh(y)),
  (x, y) => f.lbeta(positive(f.tanh(x)), positive(f.tanh(y))),
  (x, y) => f.select(f.lessThan(x, 1e6), y, f.sqrt(x.sub(1e9))),
  (x, y) => f.maximum(x.sub(1e3), y),
  (x, y) => f.minimum(x.add(1e3), y),
  (x, y) => f.logSubExp(positive(y).add(f.abs(positive(x))), f.tanh(x).sub(3)),
]

/** A random program over rows, two plates and events, from a seed. */
export function randomProgram(
  seed: number,
  rowCount: number,
  isBlocked: boolean,
): { readonly program: DensityProgram; readonly rows: Plate; readonly kinds: ReadonlySet<string> } {
  const stream = createStream(prngKey(seed))
  const choose = <T>(options: readonly T[]): T => options[stream.integer(options.length)]
  const rows = plateOf('rows', rowCount, 'rows')
  const groups = plateOf('groups', 4)
  const times = plateOf('times', 3)
  const builder = new ProgramBuilder()
  const shapes = [
    scalarShape,
    scalarShape,
    { plates: [], event: [3] },
    { plates: [groups], event: [] },
    { plates: [groups, times], event: [] },
    { plates: [groups], event: [3] },
    { plates: [rows], event: [] },
  ]
  const parameters = shapes.map((shape, k) => builder.parameter(`p${k}`, shape))
  const data = (plates: readonly Plate[], event: readonly number[]): Value => {
    const shape = { plates, event }
    return new Value(
      constant(
        Float64Array.from({ length: sizeOf(shape) }, () => stream.normal()),
        shape,
      ),
    )
  }
  const pool: Value[] = [...parameters, data([rows], []), data([groups], []), data([rows], [3]), data([times], [])]
  const codes = Int32Array.from({ length: rowCount }, () => stream.integer(4))
  const index = { name: 'group', levels: 4, codes, plates: [rows], isIndexOf: (plate: Plate) => plate === groups }
  const kinds = new Set<string>()
  const hasRows = (x: Value): boolean => x.node.shape.plates.includes(rows)
  const fits = (x: Value, y: Value): boolean => x.event.length === 0 || y.event.length === 0 || x.event.join() === y.event.join()
  const small = (x: Value): boolean => sizeOf(x.node.shape) <= Math.max(40, 3 * rowCount)
  const steps: Record<string, () => Operand | undefined> = {
    unary: () => choose(unary)(choose(pool)),
    unary2: () => choose(unary)(choose(pool)),
    binary: () => {
      const [x, y] = [choose(pool), choose(pool)]
      return fits(x, y) ? choose(binary)(x, y) : undefined
    },
    binary2: () => steps['binary'](),
    sumPlates: () => {
      const x = choose(pool)
      const { plates } = x.node.shape
      if (plates.length === 0 || (isBlocked && plates.includes(rows))) return undefined
      return new Value(sum(x.node, { plates: [choose(plates)], event: stream.integer(2) === 1 })).mul(0.2)
    },
    sumEvent: () => choose(pool).sum().mul(0.3),
    gather: () => {
      const x = choose(pool.filter(each => each.node.shape.plates.includes(groups) && !hasRows(each)))
      return x.at(index)
    },
    pick: () => {
      const x = choose(pool.filter(each => each.event.length > 0))
      return stream.integer(2) === 1 ? x.at(stream.integer(x.length)) : x.slice(x.length > 1 ? 1 : 0)
    },
    shuffle: () => {
      const x = choose(pool.filter(each => each.event.length === 1))
      const at = Int32Array.from({ length: 3 }, () => stream.integer(x.length))
      return new Value(pick(x.node, at, [3]))
    },
    concat: () => {
      const parts = Array.from({ length: 1 + stream.integer(3) }, () => choose(pool.filter(each => each.event.length < 2)))
      return concatenate(...parts)
    },
    reshape: () => {
      const x = choose(pool.filter(each => each.event.length === 1))
      return reshaped(x, [1, x.length])
        .sum()
        .add(reshaped(x, [x.length, 1]).at(0).at(0))
    },
    kernel: () => {
      const x = choose(pool.filter(each => each.event.length === 1))
      const y = choose(pool.filter(each => each.event.join() === x.event.join()))
      return choose([
        () => logSumExp(x),
        () => softmax(x),
        () => cumulativeSum(x),
        () => dot(x, y),
        () => quadraticForm(x, matMul(outer(f.tanh(x), y), transpose(outer(y, f.tanh(x))))).mul(0.01),
      ])()
    },
    dot: () =>
      dot(
        choose(pool.filter(each => each.event.join() === '3')),
        choose(pool.filter(each => each.event.join() === '3' && each.node.shape.plates.length === 0)),
      ),
    scan: () => {
      const x = choose(pool.filter(each => each.event.length > 0 && each.node.shape.plates.length === 0))
      const scalars = pool.filter(each => each.event.length === 0 && each.node.shape.plates.length === 0)
      const [a, b, start] = [choose(scalars), choose(scalars), choose([...scalars, value(0.5)])]
      const vector = parameters[2]
      const [first, second] = scan([start, vector], [x], ([s, v], [e]) => [
        f.tanh(s.mul(a).add(e.event.length === 0 ? e : e.sum())).add(v.sum().mul(0.1)),
        softmax(v.mul(b).add(vector)).add(s),
      ])
      return choose([first.at(-1), first, second.sum()])
    },
  }
  for (let k = 0; k < 14; k++) {
    const name = choose(Object.keys(steps))
    const made = steps[name]()
    if (made instanceof Value && small(made) && made.node.op !== 'constant') {
      pool.push(made)
      kinds.add(name)
    }
  }
  const parts: readonly Part[] = ['prior', 'jacobian', 'likelihood']
  for (const x of pool.slice(-8))
    builder.term(
      choose(parts),
      choose([(y: Value) => y, (y: Value) => y.square().mul(-0.5).sub(parameters[0]), (y: Value) => f.tanh(y)])(x),
    )
  for (const x of parameters) if (stream.integer(3) > 0) builder.term('prior', x.square().mul(-0.5))
  return { program: builder.program(isBlocked ? rows : undefined), rows, kinds }
}
