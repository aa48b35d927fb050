import { input } from '../../src/graph/build.js'
import type { Node } from '../../src/graph/node.js'
import type { Plate } from '../../src/graph/plate.js'
import { scalarShape, sizeOf, type Shape } from '../../src/graph/shape.js'
import { Value } from '../../src/expression/value.js'
import type { DensityProgram, Part } from '../../src/compiler/program.js'

let order = 0
export const plateOf = (name: string, size: number, role: Plate['role'] = 'fixed'): Plate => ({
  name,
  size,
  role,
  order: role === 'rows' ? -1 : order++,
})

/** Collects inputs and terms of a density, positions handed out one after another. */
export class ProgramBuilder {
  readonly inputs: DensityProgram['inputs'][number][] = []
  readonly terms: DensityProgram['terms'][number][] = []
  dimension = 0

  parameter(name: string, shape: Shape = scalarShape): Value {
    const node = input(name, shape)
    this.inputs.push({ node, offset: this.dimension })
    this.dimension += sizeOf(shape)
    return new Value(node)
  }

  term(part: Part, value: Value | Node): void {
    this.terms.push({ site: `term ${this.terms.length}`, part, node: value instanceof Value ? value.node : value })
  }

  program(rows?: Plate): DensityProgram {
    return { dimension: this.dimension, inputs: this.inputs, terms: this.terms, rows }
  }
}
