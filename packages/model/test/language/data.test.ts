import { describe, expect, it } from 'vitest'

import { normal } from '../../src/distributions/normal.js'
import { blockSource } from '../../src/language/column-source.js'
import { columns } from '../../src/language/columns.js'
import type { Data } from '../../src/language/data-scope.js'
import { model } from '../../src/language/model.js'
import type { ModelScope } from '../../src/language/scope.js'
import { computeSummaries } from '../../src/language/summaries.js'
import { caught } from './caught.js'

/** What a model that reads data finds, without a density. */
function read<T>(record: Parameters<typeof columns>[0], body: (data: Data, scope: ModelScope) => T): T {
  let found: T | undefined
  const reading = model(scope => {
    found = body(scope.data, scope)
  })
  const data = columns(record)
  reading.bind(data, reading.summarize(data))
  return found!
}

describe('numbers of all rows', () => {
  it('are the same in each shard', () => {
    const centred = model(({ data, sample, plate, deterministic }) => {
      deterministic('mean', data.mean('x'))
      deterministic('sd', data.sd('x'))
      deterministic('least', data.min('x'))
      deterministic('most', data.max('x'))
      deterministic('rows', data.count())
      deterministic('threes', data.count('x', 3))
      deterministic('levels', data.index('g').levels)
      plate('rows', data.rows, () => sample('y', normal(sample('mu', normal(0, 1)), 1), { observed: data.vector('x') }))
    })
    const summary = centred.summarize(columns({ x: [1, 2, 3, 6], g: [0, 4, 1, 1] }))
    const shard = centred.bind(columns({ x: [3], g: [1] }), JSON.parse(JSON.stringify(summary)))
    const values = new Float64Array(7)
    shard.deterministicInto(values, new Float64Array(1))
    // Sum of squares about the mean 3: 4 + 1 + 0 + 9 = 14, divided by 3.
    expect([...values]).toEqual([3, Math.sqrt(14 / 3), 1, 6, 4, 1, 5])
  })

  it('are refused as a scalar where rows differ', () => {
    expect(read({ k: [2, 2, 2] }, data => data.scalar('k'))).toBe(2)
    const error = caught(() => read({ k: [2, 2, 3] }, data => data.scalar('k')))
    expect(error.code).toBe('CHORALE_MODEL_DATA_NOT_CONSTANT')
    expect(error.message).toContain('3 in row 2 (counted from 0)')
  })
})

describe('values per group', () => {
  it('come from all rows, in the order of the levels', () => {
    const uranium = read({ county: [1, 0, 1], u: [5, 7, 5] }, data => data.perGroup('u', data.index('county')))
    expect(uranium.node.op === 'constant' && [...uranium.node.values]).toEqual([7, 5])
  })

  it('must not differ within a level', () => {
    const error = caught(() => read({ county: [1, 0, 1], u: [5, 7, 6] }, data => data.perGroup('u', data.index('county'))))
    expect(error.code).toBe('CHORALE_MODEL_DATA_NOT_CONSTANT')
    expect(error.message).toContain('level 1 of "county": 5 in row 0 (counted from 0), 6 in row 2')
  })

  it('must exist for each level', () => {
    const error = caught(() => read({ county: [2, 0], u: [5, 7] }, data => data.perGroup('u', data.index('county'))))
    expect(error.code).toBe('CHORALE_MODEL_DATA_MISSING')
    expect(error.message).toContain('no row has level 1')
  })
})

describe('data that cannot be used', () => {
  const code = (record: Parameters<typeof columns>[0], body: (data: Data) => unknown) => {
    const error = caught(() => read(record, body))
    return `${error.code}: ${error.message}`
  }

  it('name the column that is missing', () => {
    expect(code({ x: [1] }, data => data.vector('y'))).toMatch(/^CHORALE_MODEL_DATA_MISSING.*"y"/)
  })

  it('name the row that is not finite', () => {
    expect(code({ x: [1, NaN] }, data => data.vector('x'))).toMatch(/^CHORALE_MODEL_DATA_NOT_FINITE.*NaN in row 1 \(counted from 0\)/)
  })

  it('name the row whose level is no whole number from 0', () => {
    expect(code({ g: [0, 1.5] }, data => data.index('g'))).toMatch(/^CHORALE_MODEL_DATA_TYPE.*row 1.*1\.5/)
    expect(code({ g: [0, 3] }, data => data.index('g', { levels: 3 }))).toMatch(/^CHORALE_MODEL_DATA_TYPE.*level 3/)
  })

  it('are columns of unequal length, and cells that are no numbers', () => {
    expect(caught(() => columns({ x: [1, 2], y: [1] })).message).toContain('"y" has 1 values, column "x" has 2')
    expect(caught(() => columns({ x: ['a'] as never })).message).toContain('"a" in row 0')
  })
})

describe('rows of a block', () => {
  it('are named by their place in the table', () => {
    const data = columns({ x: [1, 2, NaN, 4] })
    const block = blockSource(data, computeSummaries(data), 2, 4)
    expect(caught(() => block.column('x')).message).toContain('row 2 (counted from 0)')
  })
})
