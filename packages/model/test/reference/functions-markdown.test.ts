import { expect, it } from 'vitest'

import { functionsCatalog } from '../../src/expression/functions-catalog.js'
import * as language from '../../src/index.js'
import { functionGroups } from '../../src/reference/function-groups.js'
import { functionsMarkdown } from '../../src/reference/functions-markdown.js'

const functions = functionGroups.flatMap(group => group.functions)
const page = functionsMarkdown()

it('has every function of the catalogue once, under a title', () => {
  expect(functions).toHaveLength(functionsCatalog.length)
  expect(functions.filter(({ signature }) => page.split(`| \`${signature}\` `).length !== 2)).toEqual([])
})

it('uses the names that the package exports', () => {
  const exported = language as Readonly<Record<string, unknown>>
  expect(functions.filter(({ name }) => typeof exported[name] !== 'function').map(({ name }) => name)).toEqual([])
})

it('names methods that values have', () => {
  const methods = [...page.matchAll(/`x\.([a-zA-Z]+)(?:\(|`)/g)].map(match => match[1])
  expect(methods.filter(method => !(method in language.Value.prototype))).toEqual([])
})

it('compares only functions of the language with those of other systems', () => {
  const compared = page.slice(page.indexOf('## Names in other systems')).matchAll(/^\| `(\w+)`/gm)
  expect([...compared].map(match => match[1]).filter(name => !functions.some(entry => entry.name === name))).toEqual([])
})
