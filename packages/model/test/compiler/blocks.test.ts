import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { compileDensity, valueAndGradient, type RowBlocks } from '../../src/compiler/compile-density.js'
import { normal } from '../../src/distributions/normal.js'
import { exp, tanh } from '../../src/expression/elementary.js'
import { dot } from '../../src/expression/linear-algebra.js'
import { Value } from '../../src/expression/value.js'
import { constant } from '../../src/graph/build.js'
import type { Plate } from '../../src/graph/plate.js'
import type { DensityProgram } from '../../src/compiler/program.js'
import { interpret } from './interpreted.js'
import { plateOf, ProgramBuilder } from './programs.js'
import { randomProgram } from './random-programs.js'

const powers = { prior: 0.5, jacobian: 0.25, likelihood: 1.5 }
const counts = [1, 4095, 4096, 4097, 3 * 4096 + 5]

const positionOf = (program: DensityProgram, seed: number): Float64Array => {
  const stream = createStream(prngKey(seed))
  return Float64Array.from({ length: program.dimension }, () => 0.5 * stream.normal())
}

/** 0 and 1, 2 and 3, ...; then those sums likewise; what is left over is carried up. */
function pairwise(records: readonly Float64Array[]): Float64Array {
  if (records.length === 1) return records[0]
  const sums: Float64Array[] = []
  for (let k = 0; k < records.length; k += 2)
    sums.push(k + 1 < records.length ? records[k].map((x, j) => x + records[k + 1][j]) : records[k])
  return pairwise(sums)
}

/** Log density and gradient with the blocks computed from the last to the first. */
function backwards(blocks: RowBlocks, position: Float64Array): { readonly value: number; readonly gradient: Float64Array } {
  const gradient = new Float64Array(position.length).fill(NaN)
  const records = Array.from({ length: blocks.count }, () => new Float64Array(blocks.recordLength).fill(NaN))
  blocks.begin(gradient, position, powers)
  for (let k = blocks.count - 1; k >= 0; k--) blocks.block(k, gradient, position, records[k])
  return { value: blocks.finish(gradient, position, powers, pairwise(records)), gradient }
}

/** A regression with a design of `columns`, group effects and an effect of each row. */
function regression(rowCount: number, columns: number): DensityProgram {
  const rows = plateOf('rows', rowCount, 'rows')
  const groups = plateOf('groups', 5)
  const builder = new ProgramBuilder()
  const [beta, logScale] = [builder.parameter('beta', { plates: [], event: [columns] }), builder.parameter('log scale')]
  const effect = builder.parameter('effect', { plates: [groups], event: [] })
  const own = builder.parameter('own', { plates: [rows], event: [] })
  const index = {
    name: 'group',
    levels: 5,
    codes: Int32Array.from({ length: rowCount }, (_, i) => i % 5),
    plates: [rows],
    isIndexOf: (plate: Plate) => plate === groups,
  }
  const data = (event: readonly number[], size: number): Value =>
    new Value(
      constant(
        Float64Array.from({ length: rowCount * size }, (_, i) => Math.sin(1.7 * i)),
        { plates: [rows], event },
      ),
    )
  builder.term('prior', normal(0, 1).logDensity(beta))
  builder.term('likelihood', normal(0, 1).logDensity(own))
  builder.term(
    'likelihood',
    normal(
      dot(data([columns], columns), tanh(beta))
        .add(exp(effect).at(index))
        .add(own),
      exp(logScale),
    ).logDensity(data([], 1)),
  )
  return builder.program(rows)
}

describe('blocks of rows', () => {
  it.each(counts)('%i rows: the sum does not depend on the order of the blocks', rowCount => {
    for (let seed = 0; seed < 3; seed++) {
      const { program } = randomProgram(seed, rowCount, true)
      const density = compileDensity(program)
      const position = positionOf(program, seed)
      const all = valueAndGradient(density, position, powers)
      expect(density.blocks?.count).toBe(rowCount > 4096 ? Math.ceil(rowCount / 4096) : undefined)
      if (density.blocks !== undefined) expect(backwards(density.blocks, position)).toEqual(all)
      const expected = interpret(program, position, powers)
      expect(Math.abs(all.value - expected)).toBeLessThan(1e-11 * Math.max(1, Math.abs(expected)))
      const joint = valueAndGradient(compileDensity({ ...program, rows: undefined }), position, powers)
      const scale = Math.max(1, ...joint.gradient.map(Math.abs))
      expect(Math.max(...all.gradient.map((slope, j) => Math.abs(slope - joint.gradient[j])))).toBeLessThan(1e-11 * scale)
    }
  })

  it.each([3, 8, 25])('a design of %i columns has the same gradient as without blocks', columns => {
    for (const rowCount of [100, 4097]) {
      const program = regression(rowCount, columns)
      const position = positionOf(program, rowCount)
      const density = compileDensity(program)
      const blocked = valueAndGradient(density, position, powers)
      const joint = valueAndGradient(compileDensity({ ...program, rows: undefined }), position, powers)
      const scale = Math.max(...joint.gradient.map(Math.abs))
      expect(Math.abs(blocked.value - joint.value)).toBeLessThan(1e-12 * Math.abs(joint.value))
      expect(Math.max(...blocked.gradient.map((slope, j) => Math.abs(slope - joint.gradient[j])))).toBeLessThan(1e-12 * scale)
      if (density.blocks !== undefined) expect(backwards(density.blocks, position)).toEqual(blocked)
    }
  })
})
