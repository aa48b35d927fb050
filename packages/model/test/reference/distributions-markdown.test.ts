import { expect, it } from 'vitest'

import * as language from '../../src/index.js'
import { distributionsMarkdown } from '../../src/reference/distributions-markdown.js'
import { familyExamples } from '../../src/reference/family-examples.js'
import { familyGroups } from '../../src/reference/family-groups.js'

const page = distributionsMarkdown()
const families = familyGroups.flatMap(group => group.families)

const isExported = (name: string): boolean => typeof (language as Readonly<Record<string, unknown>>)[name] === 'function'

it('has a section for every family, which the package exports under that name', () => {
  expect(families.filter(({ name }) => !page.includes(`\n### ${name}\n`) || !isExported(name))).toEqual([])
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length)
  expect(families.map(({ name }) => name).sort()).toEqual(Object.keys(familyExamples).sort())
})

it('reads domains from the family itself', () => {
  const section = page.slice(page.indexOf('### negativeBinomial2\n'), page.indexOf('### negativeBinomial2Log'))
  expect(section).toContain('- `mean`: a number from 0\n- `concentration`: a positive number\n- support: whole numbers from 0')
})

it('describes every argument that the example has, and no other', () => {
  for (const { name, arguments: documented } of families) {
    const scalars = Object.entries(familyExamples[name].domains).filter(([argument]) => !/[ :]/.test(argument))
    const isComposed = documented.some(argument => /^(?:\{|distribution|weights)/.test(argument))
    if (!isComposed) expect(documented.filter(argument => argument !== 'dimension')).toEqual(scalars.map(([argument]) => argument))
  }
})

it('keeps commas inside of brackets in one name, and bars out of table cells', () => {
  expect(page).toContain('`T[lower, upper]`')
  const table = page.slice(page.indexOf('| Chorale'), page.indexOf('## Continuous'))
  const widths = table
    .trim()
    .split('\n')
    .map(line => line.replaceAll('\\|', '').split('|').length)
  expect(new Set(widths)).toEqual(new Set([6]))
})

it('says what can be truncated: a normal, not a von Mises', () => {
  const sectionOf = (name: string): string => page.split('\n### ').find(section => section.startsWith(`${name}\n`))!
  expect(sectionOf('normal')).toContain('can be truncated and censored')
  expect(sectionOf('vonMises')).not.toContain('can be truncated')
})
