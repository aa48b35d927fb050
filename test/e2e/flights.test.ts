import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { summarySchema, type Summary } from '@chorale/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { chorale, REPOSITORY, type Ended } from './command.js'

const EXAMPLE = join(REPOSITORY, 'examples', 'flights')

interface Expected {
  readonly every15: {
    readonly rows: number
    readonly coefficients: Readonly<Record<string, { readonly mean: number; readonly sd: number; readonly mcseMean: number }>>
  }
}

const expected = (JSON.parse(readFileSync(join(EXAMPLE, 'expected.json'), 'utf8')) as Expected).every15

/** The example on every 15th of its flights, in half as many shards; its results go elsewhere. Its figures come from the full posterior, computed in another way. */
describe('the flights example', () => {
  const output = mkdtempSync(join(tmpdir(), 'chorale-flights-'))
  let ended: Ended
  let summary: Summary
  beforeAll(async () => {
    const settings = [`output.directory=${output}`, 'data.every=15', 'sharding.shards=8'].flatMap(setting => ['--set', setting])
    ended = await chorale({ folder: EXAMPLE }, 'run', '--json', ...settings)
    expect(ended).toMatchObject({ code: 0 })
    summary = summarySchema.parse(JSON.parse(ended.stdout))
  }, 900_000)
  afterAll(() => rmSync(output, { recursive: true, force: true }))

  /** The parameter of each coefficient: they are named in the order of the vector. */
  const estimates = () => {
    const parameters = Object.values(summary.parameters)
    const names = Object.keys(expected.coefficients)
    expect(parameters).toHaveLength(names.length)
    return names.map((name, i) => ({ name, found: summary.parameters[name] ?? parameters[i]!, wanted: expected.coefficients[name]! }))
  }

  test('every mean is within 0.15 posterior sd of the full posterior', () => {
    for (const { name, found, wanted } of estimates()) expect(Math.abs(found.mean - wanted.mean) / wanted.sd, name).toBeLessThan(0.15)
  })

  test('every sd is within 8 % of the full posterior', () => {
    for (const { name, found, wanted } of estimates()) expect(Math.abs(found.sd / wanted.sd - 1), name).toBeLessThan(0.08)
  })

  test('the verdict is exact: no mean is off by 0.1 sd and two standard errors, no sd by 5 %, and the correction was smaller than that', () => {
    expect(summary.verification.verdict).toBe('exact')
    for (const { name, found, wanted } of estimates()) {
      const error = Math.hypot(found.mcseMean!, wanted.mcseMean)
      expect(Math.abs(found.mean - wanted.mean), name).toBeLessThan(0.1 * wanted.sd + 2 * error)
      expect(Math.abs(found.sd / wanted.sd - 1), name).toBeLessThan(0.05)
    }
    expect(summary.verification.maxShift).toBeLessThan(0.1)
  })

  test('all rows are used, and no draw diverges', () => {
    expect(summary.rows).toEqual({ used: expected.rows, total: expected.rows })
    expect(summary.shards.map(({ divergences }) => divergences)).toEqual(summary.shards.map(() => 0))
  })
})
