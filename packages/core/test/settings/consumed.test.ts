import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

import { describe, expect, test } from 'vitest'

import { ALL_KEYS } from '../../src/settings/index.js'

const sources = join(import.meta.dirname, '..', '..', 'src')
const code = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts') && !path.startsWith(`settings${sep}`) && !path.startsWith(`contracts${sep}`))
  .map(path => readFileSync(join(sources, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'[^']*'|`[^`]*`/g, ''))
  .join('\n')

/** Read by editors, and by nothing else. */
const FOR_EDITORS = ['$schema']

describe('every setting has a reader outside the settings themselves', () => {
  test.each(ALL_KEYS.filter(key => !FOR_EDITORS.includes(key)))('%s', key => {
    expect(code).toMatch(new RegExp(`\\b${key.split('.').at(-1)!}\\b`))
  })
  test('a setting without one would be found', () => {
    expect(code).not.toMatch(/\bmaxCoffees\b/)
  })
})
