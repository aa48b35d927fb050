/** From a log density as expressions to a function that returns it and writes its gradient. */
import type { Powers } from '@chorale/core/contracts'

import type { Node } from '../graph/node.js'
import { sizeOf } from '../graph/shape.js'
import { Closure, literal } from './closure.js'
import { CommonSubexpressions } from './common-subexpressions.js'
import { Emitter, type WeightedRoot } from './emitter.js'
import type { InputPlace } from './homes.js'
import { asLinearPredictor } from './linear-predictor.js'
import { link, type CompiledDensity } from './link.js'
import type { DensityProgram, Part } from './program.js'
import { blockRows, RowRange } from './row-range.js'
import { schedule } from './schedule.js'
import { splitTerms } from './split-terms.js'
import { zeros } from './zeros.js'

export type { CompiledDensity, RowBlocks } from './link.js'

/** Variables that hold the powers. */
const powerNames: Readonly<Record<Part, string>> = { prior: '$wp', jacobian: '$wj', likelihood: '$wl' }

/**
 * Compiles log density and gradient to one JavaScript function.
 *
 * Elementwise work over the same axes is one loop that runs forward and reverse; rows are summed in blocks. The function is pure: equal positions and powers
 * give equal bits. It returns -Infinity where the log density is NaN.
 */
export function compileDensity(program: DensityProgram): CompiledDensity {
  const unique = new CommonSubexpressions(node => asLinearPredictor(node, program.rows))
  const split = splitTerms(program.terms.map(({ part, node }) => ({ part, node: unique.canonical(node) })))
  const addends = split.addends.map(addend => ({
    ...addend,
    node: unique.canonical(addend.node),
    scale: addend.scale === undefined ? undefined : unique.canonical(addend.scale),
  }))
  const scales = new Map<Node, Node[]>()
  for (const { node, scale } of addends) if (scale !== undefined) scales.set(node, [...(scales.get(node) ?? []), scale])
  const closure = new Closure()
  const plan = schedule({
    terms: addends.map(({ node }) => node),
    scales,
    results: [],
    isActiveInput: () => true,
    rows: program.rows,
  })
  const places = new Map<Node, InputPlace>(
    program.inputs.map(({ node, offset }) => [
      node,
      { values: 'q', offset: `${offset}`, adjoints: 'g', adjointOffset: `${offset}`, isGradient: true },
    ]),
  )
  const rows = program.rows !== undefined && program.rows.size > blockRows ? new RowRange(program.rows) : undefined
  const weights = new Map<string, string>()
  const power = (part: Part, coefficient: number): string => {
    const size = Math.abs(coefficient)
    if (size === 1) return powerNames[part]
    const key = `${powerNames[part]} * ${literal(size)}`
    const name = weights.get(key) ?? closure.fresh('$')
    weights.set(key, name)
    return name
  }
  const roots: WeightedRoot[] = addends.map(({ node, part, coefficient, scale }) => ({
    node,
    weight: power(part, coefficient),
    negative: coefficient < 0,
    scale,
  }))
  const emitter = new Emitter(closure, plan, roots, places, rows)
  for (const [part, name] of Object.entries(powerNames)) emitter.emit({ code: `const ${name} = powers.${part}`, defines: [name] })
  for (const [source, name] of weights) emitter.emit({ code: `const ${name} = ${source}`, defines: [name] })
  const reached = new Set<Node>(plan.order)
  const unreached = program.inputs
    .filter(({ node }) => !reached.has(node))
    .map(({ node, offset }) => ({ array: 'g', offset: `${offset}`, size: sizeOf(node.shape) }))
  for (const code of zeros([...unreached, ...emitter.homes.zeroed.filter(range => !range.rows || rows === undefined)]))
    emitter.emit({ code, defines: [] })
  for (const { from, to, size } of emitter.homes.copies()) {
    emitter.emit({ code: `for (let i = 0; i < ${size}; i++) v[${to} + i] = ${from.values}[${from.offset} + i]`, defines: [] })
  }
  for (const part of Object.keys(powerNames) as Part[]) {
    if (split.constants[part] !== 0)
      emitter.addToLogDensity({ factor: powerNames[part], expression: literal(split.constants[part]), negative: false })
  }
  const rowSlices = program.inputs.flatMap(({ node, offset }) =>
    rows !== undefined && reached.has(node) && node.shape.plates.includes(rows.plate)
      ? [{ offset, width: sizeOf(node.shape) / rows.plate.size }]
      : [],
  )
  return link(emitter, rows, rowSlices)
}

/** For tests and tools: a compiled density's value and gradient at a position. */
export function valueAndGradient(
  density: CompiledDensity,
  position: Float64Array,
  powers: Powers,
): { readonly value: number; readonly gradient: Float64Array } {
  const gradient = new Float64Array(position.length).fill(NaN)
  return { value: density.logDensityInto(gradient, position, powers), gradient }
}
