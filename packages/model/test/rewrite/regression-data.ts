import { createStream, prngKey } from '@chorale/random'

import type { DensityProgram } from '../../src/compiler/program.js'
import type { Distribution } from '../../src/distributions/distribution.js'
import { Value } from '../../src/expression/value.js'
import { constant } from '../../src/graph/build.js'
import type { Plate } from '../../src/graph/plate.js'
import { ProgramBuilder } from '../compiler/programs.js'

export const rowsOf = (size: number): Plate => ({ name: 'rows', size, role: 'rows', order: -1 })

/** Made-up columns of the data. */
export function columnsOf(rows: Plate, seed: number) {
  const stream = createStream(prngKey(seed))
  const made = (event: readonly number[], f: (k: number) => number): Value => {
    const size = rows.size * event.reduce((a, b) => a * b, 1)
    return new Value(
      constant(
        Float64Array.from({ length: size }, (_, k) => f(k)),
        { plates: [rows], event },
      ),
    )
  }
  return {
    made,
    normals: (...event: readonly number[]): Value => made(event, () => stream.normal()),
    zerosAndOnes: (): Value => made([], () => stream.integer(2)),
    counts: (below: number): Value => made([], () => stream.integer(below)),
  }
}

/** A program with one observed site over the rows, as the language makes it. */
export class RegressionBuilder extends ProgramBuilder {
  observe(distribution: Distribution, observed: Value, weight?: Value): void {
    const density = distribution.logDensity(observed)
    const { node } = weight === undefined ? density : density.mul(weight)
    this.terms.push({ site: 'y', part: 'likelihood', node, observation: { distribution, observed, weight } })
  }
}

/** The program as it would be without any rewriting. */
export const unobserved = (program: DensityProgram): DensityProgram => ({
  ...program,
  terms: program.terms.map(({ site, part, node }) => ({ site, part, node })),
})
