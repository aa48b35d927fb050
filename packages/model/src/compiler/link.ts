/** From statements to callable functions, whole or block by block. */
import type { BlockMeeting, DensityBlocks, Powers } from '@chorale/core/contracts'

import { blockSum, type BlockSum, type RowSlice } from '../blocks/block-sum.js'
import { sizeOfAdjoint, sumOf } from './adjoint.js'
import type { Emitter } from './emitter.js'
import { type FunctionText, functionsSource, pieces, runtimeOf } from './functions.js'
import type { DeferredPredictor } from '../wasm/linear-predictor.js'
import { predictorOf } from './linear-predictor.js'
import { blockRows, type RowRange } from './row-range.js'
import type { Statement } from './statement.js'
import { zeros } from './zeros.js'

/** A log density with its gradient. */
export interface CompiledDensity {
  /**
   * Returns the log density at `position` in nats, raised to the powers; writes its gradient. -Infinity outside of the support and where the density is not
   * a number: the gradient is then without meaning.
   */
  logDensityInto(gradient: Float64Array, position: Float64Array, powers: Powers): number
  /** The JavaScript that was compiled, for people. */
  readonly source: string
  /** Set if there is more than one block of rows: the steps that `logDensityInto` takes. */
  readonly blocks?: RowBlocks
  /** Set if sums over several blocks of rows are left: lets threads share them. */
  readonly sharing?: DensityBlocks
}

/** Steps of an evaluation in order: `begin`, `block` for every index in any order, then `finish` with the pairwise sum of all records. */
export interface RowBlocks {
  readonly count: number
  /** Numbers that a block leaves: adjoints of all that rows read, then sums. */
  readonly recordLength: number
  begin(gradient: Float64Array, position: Float64Array, powers: Powers): void
  /** Overwrites `record`. Writes the gradient of parameters of its own rows. */
  block(index: number, gradient: Float64Array, position: Float64Array, record: Float64Array): void
  finish(gradient: Float64Array, position: Float64Array, powers: Powers, total: Float64Array): number
}

const parameters = 'g, q, powers'

/** `rowSlices`: where the gradient of parameters with the plate of rows lies. */
export function link(emitter: Emitter, rows: RowRange | undefined, rowSlices: readonly RowSlice[]): CompiledDensity {
  emitter.forward()
  emitter.rows()
  const boundary = emitter.code.length
  emitter.afterRows()
  const afterRows = emitter.code.length
  emitter.reverse()
  const total = emitter.closure.fresh('$')
  emitter.emit({ code: `const ${total} = ${sumOf(emitter.logDensity, sizeOfAdjoint) || '0'}`, defines: [total] })
  emitter.emit({ code: `return ${total} === ${total} ? ${total} : -Infinity`, defines: [] })
  const before = emitter.code.slice(0, boundary)
  if (rows === undefined) {
    const texts = pieces([...before, ...emitter.rowCode, ...emitter.code.slice(boundary)]).map((statements, k): FunctionText => ({
      name: `f${k}`,
      parameters,
      statements,
    }))
    const { source, exported } = instantiate(emitter, texts)
    const steps = texts.map(({ name }) => exported[name] as (g: Float64Array, q: Float64Array, powers: Powers) => number)
    const [only] = steps
    if (steps.length === 1) return { source, logDensityInto: only }
    const last = steps.pop()!
    return {
      source,
      logDensityInto(gradient, position, powers) {
        for (const step of steps) step(gradient, position, powers)
        return last(gradient, position, powers)
      },
    }
  }
  const code = { before, sums: emitter.code.slice(boundary, afterRows), after: emitter.code.slice(afterRows) }
  return linkBlocks(emitter, rows, code, rowSlices)
}

function linkBlocks(
  emitter: Emitter,
  rows: RowRange,
  { before, sums, after }: Readonly<Record<'before' | 'sums' | 'after', readonly Statement[]>>,
  rowSlices: readonly RowSlice[],
): CompiledDensity {
  const record = new Map<string, number>()
  let recordLength = rows.arraysSize
  for (const { defines } of emitter.rowCode) for (const name of defines) record.set(name, recordLength++)
  const through = [...rows.throughArena].map(node => ({ ...rows.arrays.get(node)!, home: emitter.homes.of(node).adjointOffset }))
  const plain = (code: string): Statement => ({ code, defines: [] })
  const block: Statement[] = [
    ...emitter.homes.rowStarts.map(({ name, source }) => plain(`const ${name} = ${source}`)),
    ...zeros([
      { array: 'r', offset: '0', size: rows.arraysSize },
      ...emitter.homes.zeroed.filter(range => range.rows),
      ...through.map(({ home, size }) => ({ array: 'a', offset: home, size })),
    ]).map(plain),
    ...emitter.rowCode,
    ...through.map(({ start, size, home }) => plain(`for (let i = 0; i < ${size}; i++) r[${start} + i] += a[${home} + i]`)),
  ]
  const totals = [...record].map(([name, at]): Statement => ({ code: `const ${name} = r[${at}]`, defines: [] }))
  const arrays = [...rows.arrays].map(([node, { start, size }]) => {
    const { adjoints, adjointOffset } = emitter.homes.of(node)
    return plain(
      `for (let i = 0; i < ${size}; i++) ${adjoints}[${adjointOffset} + i] ${rows.throughArena.has(node) ? '=' : '+='} r[${start} + i]`,
    )
  })
  const begins = pieces(before).map((statements, k): FunctionText => ({ name: `b${k}`, parameters, statements }))
  const ends = pieces(after)
  const first = ends[0] ?? []
  const end = [[...totals, ...arrays, ...sums, ...first], ...ends.slice(1)]
  const texts: FunctionText[] = [
    ...begins,
    { name: 'block', parameters: 'g, q, r, $lo, $hi', statements: block, record },
    ...end.map((statements, k): FunctionText => ({ name: `e${k}`, parameters: `${parameters}, r`, statements })),
  ]
  const { source, exported } = instantiate(emitter, texts)
  type Step = (g: Float64Array, q: Float64Array, powers: Powers, r?: Float64Array) => number
  const opening = begins.map(({ name }) => exported[name] as Step)
  const closing = end.map((_, k) => exported[`e${k}`] as Step)
  const run = exported['block'] as (g: Float64Array, q: Float64Array, r: Float64Array, lower: number, upper: number) => void
  const size = rows.plate.size
  const blocks: RowBlocks = {
    count: Math.ceil(size / blockRows),
    recordLength,
    begin(gradient, position, powers) {
      for (const step of opening) step(gradient, position, powers)
    },
    block(index, gradient, position, into) {
      run(gradient, position, into, index * blockRows, Math.min(size, (index + 1) * blockRows))
    },
    finish(gradient, position, powers, sum) {
      let value = 0
      for (const step of closing) value = step(gradient, position, powers, sum)
      return value
    },
  }
  const total = new Float64Array(recordLength)
  const sum = blockSum({ blocks: blocks.count, length: recordLength, rowSlices: { slices: rowSlices, rows: size, blockRows } })
  let shared: BlockMeeting | undefined
  const shareable = [...kernelSums(emitter), ...(emitter.rowCode.length > 0 ? [sum] : [])]
  const sharing: DensityBlocks = {
    count: blocks.count,
    sums: shareable.length,
    lengthOf: (index, from, to) => shareable[index].lengthOf(from, to),
    share(meeting) {
      shared = meeting
      shareable.forEach((one, index) => one.share(meeting, index))
      const { from, to } = meeting.parts[meeting.device]
      for (const predictor of predictorsOf(emitter)) predictor.keep(from, to)
    },
  }
  return {
    source,
    blocks,
    ...(shareable.length > 0 ? { sharing } : {}),
    logDensityInto(gradient, position, powers) {
      shared?.begin(position, powers)
      blocks.begin(gradient, position, powers)
      sum.totalInto(total, (index, record) => blocks.block(index, gradient, position, record), gradient)
      return blocks.finish(gradient, position, powers, total)
    },
  }
}

/** Sums over blocks that kernels take within one statement. */
const kernelSums = ({ plan }: Emitter): readonly BlockSum[] =>
  plan.order.flatMap(node => (node.op === 'kernel' && node.instance.blocks !== undefined ? [node.instance.blocks] : []))

const predictorsOf = ({ plan }: Emitter): readonly DeferredPredictor[] => plan.order.flatMap(node => predictorOf(node) ?? [])

/** Makes the functions of a source. */
function instantiate(
  emitter: Emitter,
  texts: readonly FunctionText[],
): { readonly source: string; readonly exported: Readonly<Record<string, unknown>> } {
  const { source, shared } = functionsSource(texts)
  const { declarations, bindings } = runtimeOf(source)
  const { closure } = emitter
  const values = new Float64Array(closure.size)
  for (const { offset, values: numbers } of closure.preset) values.set(numbers, offset)
  const scope: readonly (readonly [string, unknown])[] = [
    ...closure.bindings,
    ...bindings,
    ['v', values],
    ['a', new Float64Array(closure.size)],
    ['z', new Float64Array(shared)],
  ]
  const body = `'use strict'\n${declarations}${source}\nreturn { ${texts.map(({ name }) => name).join(', ')} }`
  const factory = new Function(...scope.map(([name]) => name), body) as (...values: unknown[]) => Record<string, unknown>
  return { source: body, exported: factory(...scope.map(([, value]) => value)) }
}
