import * as special from '../special/index.js'
import type { Operator } from './operator.js'

/** The functions of `Math` that operators may use. They agree on all versions of V8 that were compared. */
const portable = {
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sqrt: Math.sqrt,
  abs: Math.abs,
  min: Math.min,
  max: Math.max,
  floor: Math.floor,
}

/** What the source of operators, and code made of it, may call, by name. */
export const runtime: Readonly<Record<string, (...args: number[]) => number>> = { ...portable, ...special }

/** A function with those names of the runtime in scope that it calls. `body` must come from this package, never from a user. */
export function compileSource<F>(parameters: readonly string[], body: string): F {
  const called = new Set(Array.from(body.matchAll(/\b([a-zA-Z]\w*)\(/g), match => match[1]))
  const names = [...called].filter(name => Object.hasOwn(runtime, name))
  return new Function(...names, `'use strict'\nreturn (${parameters.join(', ')}) => {${body}}`)(...names.map(name => runtime[name])) as F
}

type ElementwiseLoop = (out: Float64Array, size: number, inputs: readonly Float64Array[], steps: readonly number[]) => void

const loops = new WeakMap<Operator, ElementwiseLoop>()

/** `out[i] = operator(inputs[0][i * steps[0]], ...)`: a step is 1, or 0 for an input of one element. */
export function elementwiseLoop(operator: Operator): ElementwiseLoop {
  const known = loops.get(operator)
  if (known !== undefined) return known
  const args = Array.from({ length: operator.arity }, (_, k) => `x${k}`)
  const declare = args.map((_, k) => `const a${k} = inputs[${k}], s${k} = steps[${k}]`).join('; ')
  const load = args.map((x, k) => `const ${x} = a${k}[i * s${k}]`).join('; ')
  const loop = compileSource<ElementwiseLoop>(
    ['out', 'size', 'inputs', 'steps'],
    `${declare}; for (let i = 0; i < size; i++) { ${load}; out[i] = ${operator.source(...args)} }`,
  )
  loops.set(operator, loop)
  return loop
}
