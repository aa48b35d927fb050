import { dirname, join } from 'node:path'

import { expect, test } from 'vitest'

import { shown } from '../../src/output/shown.js'

test('a path is shown relative to the current folder where it is below it, and whole elsewhere', () => {
  const here = process.cwd()
  expect(shown(join(here, 'runs', 'a'))).toBe(join('runs', 'a'))
  expect(shown(dirname(here))).toBe(dirname(here))
})

test('the current folder, in which a job of a run is, has a name', () => {
  expect(shown(process.cwd())).toBe(process.cwd())
})
