import { expect, it } from 'vitest'

import * as arrays from '../../src/expression/arrays.js'
import * as elementary from '../../src/expression/elementary.js'
import { functionsCatalog } from '../../src/expression/functions-catalog.js'
import * as linearAlgebra from '../../src/expression/linear-algebra.js'
import * as reductions from '../../src/expression/reductions.js'
import * as scans from '../../src/expression/scan.js'

/** What the compiler and distributions use, and models do not. */
const internal = ['applyTo']

it('the reference lists every function of the language, and no other', () => {
  const exported = [arrays, elementary, linearAlgebra, reductions, scans]
    .flatMap(module => Object.keys(module))
    .filter(name => !internal.includes(name))
  expect(functionsCatalog.map(({ name }) => name).sort()).toEqual(exported.sort())
})

it('each entry has a signature and a sentence', () => {
  for (const { name, signature, summary } of functionsCatalog) {
    expect(signature).toMatch(new RegExp(`^${name}\\([a-z].*\\)$`))
    expect(summary).toMatch(/\.$/)
  }
})
