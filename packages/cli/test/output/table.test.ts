import { expect, test } from 'vitest'

import { labelled } from '../../src/output/labelled.js'
import { firstRows, formatTable, wrapLastColumn } from '../../src/output/table.js'

test('columns are as wide as their widest cell; numbers stand to the right; no line ends in spaces', () => {
  expect(
    formatTable(
      ['name', 'ess'],
      [
        ['a', '1,000'],
        ['alpha', '9'],
      ],
      ['left', 'right'],
    ),
  ).toBe('name     ess\na      1,000\nalpha      9\n')
  expect(formatTable(['name', 'note'], [['a', '']])).toBe('name  note\na\n')
})

test('a table without rows is its header', () => {
  expect(formatTable(['name', 'ess'], [])).toBe('name  ess\n')
})

test('long tables are cut, and say how much is missing', () => {
  const rows = Array.from({ length: 5 }, (_, i) => [String(i)])
  expect(firstRows(rows, 5)).toEqual(rows)
  expect(firstRows(rows, 2)).toEqual([['0'], ['1'], ['... 3 more']])
})

test('labelled text is broken at spaces within 80 columns, under itself', () => {
  const lines = labelled('Warning', 'word '.repeat(40).trim()).split('\n')
  expect(lines.every(line => line.length <= 80)).toBe(true)
  expect(lines[0]).toMatch(/^Warning {2}word/)
  expect(lines[1]).toMatch(/^ {9}word/)
  expect(lines.join(' ').match(/word/g)).toHaveLength(40)
})

test('a path that is longer than a line stays whole', () => {
  const path = `/${'x'.repeat(100)}`
  expect(labelled('Results', `in ${path}`)).toBe(`Results  in\n         ${path}`)
})

test('prose in the last column is broken at spaces, so that the table is 80 columns wide; cells before it stand once', () => {
  const words = Array.from({ length: 40 }, () => 'word').join(' ')
  const header = ['name', 'what it is']
  const lines = formatTable(
    header,
    wrapLastColumn(header, [
      ['first', words],
      ['second', 'short'],
    ]),
  )
    .trimEnd()
    .split('\n')
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(80)
  expect(lines.map(line => line.slice(0, 8).trim())).toEqual(['name', 'first', '', '', 'second'])
  expect(
    lines
      .slice(1, 4)
      .map(line => line.slice(8))
      .join(' '),
  ).toBe(words)
})
