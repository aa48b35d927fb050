import { describe, expect, it } from 'vitest'

import { concat, constant, elementwise, gather, input, pick, reshape, scalar, sum } from '../../src/graph/build.js'
import { evaluate } from '../../src/graph/evaluate.js'
import { plateOf } from '../compiler/programs.js'

const groups = plateOf('groups', 2)
const times = plateOf('times', 3)

describe('graphs', () => {
  it('of constants are computed when they are made', () => {
    expect(elementwise('add', [scalar(1), scalar(2)])).toMatchObject({ op: 'constant', values: Float64Array.of(3) })
  })

  it('broadcast over plates by identity, and from numbers to events', () => {
    const a = constant(Float64Array.of(10, 20), { plates: [groups], event: [] })
    const b = constant(Float64Array.of(1, 2, 3), { plates: [times], event: [] })
    const both = elementwise('add', [b, a])
    expect(both.shape.plates).toEqual([groups, times])
    expect(evaluate(both, new Map())).toEqual(Float64Array.of(11, 12, 13, 21, 22, 23))
    const vector = constant(Float64Array.of(1, 2), { plates: [], event: [2] })
    expect(evaluate(elementwise('mul', [a, vector]), new Map())).toEqual(Float64Array.of(10, 20, 20, 40))
  })

  it('refuse events of different shapes', () => {
    const two = constant(Float64Array.of(1, 2), { plates: [], event: [2] })
    const three = constant(Float64Array.of(1, 2, 3), { plates: [], event: [3] })
    expect(() => elementwise('add', [two, three])).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE' }))
    expect(() => concat([two, constant(new Float64Array(4), { plates: [], event: [2, 2] })])).toThrow(
      expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE' }),
    )
    expect(() => reshape(two, { plates: [], event: [3] })).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE' }))
  })

  it('sum over plates, events, or both', () => {
    const x = input('x', { plates: [groups], event: [3] })
    const values = new Map([[x, Float64Array.of(1, 2, 3, 10, 20, 30)]])
    expect(evaluate(sum(x, { plates: [groups], event: false }), values)).toEqual(Float64Array.of(11, 22, 33))
    expect(evaluate(sum(x, { plates: [], event: true }), values)).toEqual(Float64Array.of(6, 60))
    expect(evaluate(sum(x, { plates: [groups], event: true }), values)).toEqual(Float64Array.of(66))
  })

  it('gather over all elements, pick within each, join along the first event axis', () => {
    const x = input('x', { plates: [groups], event: [3] })
    const values = new Map([[x, Float64Array.of(1, 2, 3, 10, 20, 30)]])
    expect(evaluate(gather(x, Int32Array.of(5, 0), { plates: [], event: [2] }), values)).toEqual(Float64Array.of(30, 1))
    expect(evaluate(pick(x, Int32Array.of(2, 0), [2]), values)).toEqual(Float64Array.of(3, 1, 30, 10))
    expect(evaluate(concat([scalar(7), x]), values)).toEqual(Float64Array.of(7, 1, 2, 3, 7, 10, 20, 30))
  })

  it('throw when an input has no value', () => {
    expect(() => evaluate(input('x', { plates: [], event: [] }), new Map())).toThrow(/"x" has no value/)
  })
})
