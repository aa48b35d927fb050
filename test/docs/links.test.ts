import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WARNINGS } from '../../packages/core/src/errors/code-table.js'
import { ERROR_CODES } from '../../packages/core/src/errors/codes.js'
import { pages, root } from './pages.js'

const withoutCode = (text: string): string => text.replace(/```[^]*?```/g, '').replace(/`[^`\n]*`/g, '')

const relativeLinks = (text: string): readonly string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!).filter(link => !/^(?:https?:|mailto:|#)/.test(link))

/** Variables that the tests read. */
const OF_TESTS = ['CHORALE_LONG_TESTS', 'CHORALE_TEST_PBS', 'CHORALE_TEST_PYTHON', 'CHORALE_TEST_SLURM']
const isKnown = (name: string): boolean => name in ERROR_CODES || name in WARNINGS || OF_TESTS.includes(name)

describe.each(pages)('$path', ({ path, text }) => {
  it('links to files that exist', () => {
    const missing = relativeLinks(text).filter(link => !existsSync(join(root, dirname(path), link.split('#')[0]!)))
    expect(missing).toEqual([])
  })

  it('names error codes that exist', () => {
    const codes = [...text.matchAll(/\bCHORALE_[A-Z][A-Z_]*[A-Z]\b/g)].map(match => match[0])
    expect(codes.filter(code => !isKnown(code))).toEqual([])
  })
})
