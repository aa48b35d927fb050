import { describe, expect, test } from 'vitest'

import type { BoundModel, Model, ParameterInfo, Table } from '../../../src/contracts/index.js'
import { describeShards } from '../../../src/planning/shards/describe-shards.js'
import { elementNames } from '../../../src/model/parameter-names.js'
import { thrown } from '../thrown.js'

const table = (...g: number[]): Table => ({ rows: g.length, columns: [{ name: 'g', values: Float64Array.from(g) }] })

/** A local effect of each group of a shard; `change` spoils what it says. */
const grouped = (change: (parameters: ParameterInfo[], groups: number[]) => ParameterInfo[] = same => same): Model => ({
  rows: { by: 'g' },
  dataNames: ['g'],
  bind: data => {
    const groups = [...new Set(data.column('g'))].sort((a, b) => a - b)
    const parameters: ParameterInfo[] = [
      { name: 'mu', shape: [2], support: 'real', scope: 'global', offset: 0, size: 2 },
      {
        name: 'effect',
        shape: [groups.length, 2],
        support: 'real',
        scope: 'local',
        offset: 2,
        size: 2 * groups.length,
        levels: [groups, null],
      },
    ]
    return { parameters: change(parameters, groups) } as Partial<BoundModel> as BoundModel
  },
})

function described(model: Model, ...tables: Table[]) {
  const shards = describeShards(tables, { model, summary: null, name: './model.ts' })
  return { passed: [...shards.tables], parameters: shards.parameters }
}

describe('shards of a model with local parameters', () => {
  test('pass through, and their parameters have the names of the data set', () => {
    const tables = [table(0, 3, 3), table(1), table(2, 4)]
    const { passed, parameters } = described(grouped(), ...tables)
    expect(passed).toEqual(tables)
    expect(parameters.map(found => elementNames(found[1]!))).toEqual([
      ['effect[1,1]', 'effect[1,2]', 'effect[4,1]', 'effect[4,2]'],
      ['effect[2,1]', 'effect[2,2]'],
      ['effect[3,1]', 'effect[3,2]', 'effect[5,1]', 'effect[5,2]'],
    ])
  })

  test('that share a group are refused: it would have two posteriors', () => {
    expect(thrown(() => described(grouped(), table(0, 1), table(1, 2)))).toMatchObject({
      code: 'CHORALE_MODEL_INVALID',
      message: 'The shards 0 and 1 both have the local parameter "effect[2,1]"',
    })
  })

  test('with other global parameters than the first are refused', () => {
    const growing = grouped(([mu, effect], groups) => [{ ...mu!, shape: [groups.length], size: groups.length }, effect!])
    expect(thrown(() => described(growing, table(0, 1), table(2)))).toMatchObject({
      code: 'CHORALE_MODEL_INVALID',
      message: 'With the rows of shard 1 the model has the global parameters mu[1] real, and with those of shard 0 mu[2] real',
    })
  })

  test('whose levels do not fit the shape are refused', () => {
    for (const levels of [[[0]], [[0, 1, 2], null], [null, [0]], [[0, 1], null, null]]) {
      const wrong = grouped(([mu, effect]) => [mu!, { ...effect!, levels }])
      expect(thrown(() => described(wrong, table(0, 1)))?.message).toMatch(
        /levels of the local parameter "effect" do not fit its shape \[2, 2\]/,
      )
    }
  })
})
