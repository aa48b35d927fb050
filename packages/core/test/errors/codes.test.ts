import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { ChoraleError } from '../../src/contracts/index.js'
import { FAILED_RUN, RESOURCES, USAGE, WARNINGS } from '../../src/errors/code-table.js'
import { ERROR_CODES, errorsMarkdown, exitCodeOf } from '../../src/errors/codes.js'
import { KINDS } from '../../src/plugins/index.js'

const root = join(import.meta.dirname, '../../../..')

const sources = readdirSync(join(root, 'packages'))
  .flatMap(name => {
    const folder = join(root, 'packages', name, 'src')
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(path => join(folder, path))
  })
  .filter(path => path.endsWith('.ts') && !path.endsWith('errors/code-table.ts'))

/** Codes in quotes: one underscore after the name, two make it a variable that overrides a setting. */
const CODE = /['"`](CHORALE_(?!_)[A-Z0-9_]*[A-Z0-9])['"`]/g

/** What the registry puts together from a kind: `CHORALE_BACKEND_UNKNOWN`. */
const composed = Object.values(KINDS).flatMap(({ code }) => [`CHORALE_${code}_UNKNOWN`, `CHORALE_${code}_NOT_INSTALLED`])

const used = new Set([...composed, ...sources.flatMap(path => [...readFileSync(path, 'utf8').matchAll(CODE)].map(([, code]) => code!))])

describe('the table of error codes', () => {
  test('has every code that a source of ours uses', () => {
    expect([...used].filter(code => !(code in ERROR_CODES) && !(code in WARNINGS)).sort()).toEqual([])
  })

  test('has no code that no source uses', () => {
    expect(Object.keys({ ...ERROR_CODES, ...WARNINGS }).filter(code => !used.has(code))).toEqual([])
  })

  test('has each code once', () => {
    const all = [USAGE, FAILED_RUN, RESOURCES, WARNINGS].flatMap(table => Object.keys(table))
    expect(new Set(all).size).toBe(all.length)
  })

  test('says what each means in one sentence', () => {
    const meanings = [...Object.values(ERROR_CODES).map(({ meaning }) => meaning), ...Object.values(WARNINGS)]
    for (const meaning of meanings) expect(meaning).toMatch(/^[A-Z`][^\n]*\.$/)
  })
})

test('docs/errors.md is what the table says', () => {
  expect(readFileSync(join(root, 'docs/errors.md'), 'utf8')).toBe(errorsMarkdown())
})

describe('the exit code', () => {
  const codeOf = (code: `CHORALE_${string}`) => exitCodeOf(new ChoraleError(code, 'x'))

  test('is 2 for a mistake in settings, data or model, 3 for missing resources, 1 for a failed run', () => {
    expect(codeOf('CHORALE_SETTINGS_INVALID')).toBe(2)
    expect(codeOf('CHORALE_DATA_MISSING')).toBe(2)
    expect(codeOf('CHORALE_DISK_FULL')).toBe(3)
    expect(codeOf('CHORALE_SUCCESS_RATE')).toBe(1)
  })

  test('is 2 for the codes of other people’s plugins, and 1 for what has no code', () => {
    expect(codeOf('CHORALE_LAB_TAPE_TORN')).toBe(2)
    expect(exitCodeOf(new TypeError('x'))).toBe(1)
    expect(exitCodeOf('x')).toBe(1)
  })

  test('is known also for an error made by another copy of the package', () => {
    const foreign = Object.assign(new Error('x'), { name: 'ChoraleError', code: 'CHORALE_DISK_FULL', details: {} })
    expect(exitCodeOf(foreign)).toBe(3)
  })
})
