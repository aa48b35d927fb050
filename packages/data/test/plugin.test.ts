import { expect, it } from 'vitest'
import plugin from '../src/index.js'

it('offers its sources and sharding strategies by name', () => {
  expect(plugin).toMatchObject({ name: '@chorale/data', apiVersion: 1 })
  expect(plugin.dataSources?.map(({ name, extensions }) => [name, extensions])).toEqual([
    ['inline', undefined],
    ['csv', ['csv', 'tsv']],
    ['parquet', ['parquet']],
    ['sql', undefined],
  ])
  expect(plugin.sharders?.map(({ name, needsColumn, keepsGroups }) => [name, needsColumn, keepsGroups])).toEqual([
    ['random', false, false],
    ['contiguous', false, false],
    ['stratified', true, false],
    ['by-group', true, true],
  ])
})
