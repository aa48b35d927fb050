import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { choraleHere } from './command-here.js'
import { normalFolder } from './project.js'
import { onlyRun } from './run-files.js'

let where: ReturnType<typeof normalFolder>
let record: string
let original: string
beforeAll(async () => {
  where = normalFolder()
  expect(await choraleHere(where, 'run')).toMatchObject({ code: 0 })
  record = join(onlyRun(where), 'run.json')
  original = readFileSync(record, 'utf8')
})
afterAll(() => where.dispose())

/** Makes the run one that was started with another V8. */
function startedElsewhere(reproducible: 'bitwise' | 'statistical'): void {
  const run = JSON.parse(original) as { versions: object; settings: object }
  writeFileSync(record, JSON.stringify({ ...run, versions: { ...run.versions, v8: '0.0.1' }, settings: { ...run.settings, reproducible } }))
}

test('a run of another V8 does not go on here, where its chains would not be bit-identical', async () => {
  startedElsewhere('bitwise')
  const { code, stderr } = await choraleHere(where, 'run', '--resume', 'latest')
  expect(code).toBe(1)
  expect(stderr).toContain('CHORALE_ENVIRONMENT_DIFFERS')
  expect(stderr).toContain('0.0.1')
})

test('it goes on where its settings ask for no more than the same distribution', async () => {
  startedElsewhere('statistical')
  expect(await choraleHere(where, 'run', '--resume', 'latest')).toMatchObject({ code: 0 })
})

test('its finished chains may be combined here: nothing is sampled', async () => {
  startedElsewhere('bitwise')
  expect(await choraleHere(where, 'combine', 'latest', '--combiner', 'gaussian')).toMatchObject({ code: 0 })
})
