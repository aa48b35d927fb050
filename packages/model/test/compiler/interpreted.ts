import type { Powers } from '@chorale/core/contracts'

import type { DensityProgram } from '../../src/compiler/program.js'
import { evaluateAll } from '../../src/graph/evaluate.js'
import type { Node } from '../../src/graph/node.js'
import { sizeOf } from '../../src/graph/shape.js'

/** The log density as the interpreter computes it. */
export function interpret(program: DensityProgram, position: Float64Array, powers: Powers): number {
  const environment = new Map<Node, Float64Array>(
    program.inputs.map(({ node, offset }) => [node, position.subarray(offset, offset + sizeOf(node.shape))]),
  )
  const values = evaluateAll(
    program.terms.map(term => term.node),
    environment,
  )
  return program.terms.reduce((total, { part }, k) => total + powers[part] * values[k].reduce((a, b) => a + b, 0), 0)
}

/** Central differences, extrapolated twice (Richardson): error about h^6. */
export function differences(program: DensityProgram, position: Float64Array, powers: Powers, step = 0.005): Float64Array {
  const at = (j: number, h: number): number => {
    const moved = Float64Array.from(position)
    moved[j] += h
    return interpret(program, moved, powers)
  }
  return position.map((_, j) => {
    const central = (h: number): number => (at(j, h) - at(j, -h)) / (2 * h)
    const table = [step, step / 2, step / 4, step / 8].map(central)
    for (let level = 1, factor = 4; level < table.length; level++, factor *= 4) {
      for (let k = table.length - 1; k >= level; k--) table[k] = (factor * table[k] - table[k - 1]) / (factor - 1)
    }
    return table[table.length - 1]
  })
}
