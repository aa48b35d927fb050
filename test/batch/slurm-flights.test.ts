import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, onTestFinished, test } from 'vitest'

import { chorale, REPOSITORY } from '../e2e/command.js'
import { drawDigests, lastingSummary, onlyRun } from '../e2e/run-files.js'
import { real } from './real-slurm.js'

const EXAMPLE = join(REPOSITORY, 'examples', 'flights')
/** `CHORALE_LONG_TESTS=1` takes all three million flights in all sixteen shards. */
const IS_LONG = process.env['CHORALE_LONG_TESTS'] === '1'
const SIZE = IS_LONG ? [] : ['data.every=60', 'sharding.shards=4']

/** Runs the example into a folder of its own, and returns the run. */
async function flights(...settings: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chorale-flights-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const all = [...SIZE, ...settings, `output.directory=${join(folder, 'runs')}`]
  const { code, stderr } = await chorale({ folder: EXAMPLE }, 'run', '--json', ...all.flatMap(setting => ['--set', setting]))
  expect(code, stderr).toBe(0)
  return onlyRun({ folder })
}

describe.skipIf(!real)('the flights example on a real Slurm', () => {
  test('has the bits of cpu: every chain, the combination, and the summary', { timeout: IS_LONG ? 3_600_000 : 300_000 }, async () => {
    const onSlurm = await flights('backend.name=slurm', 'backend.walltime=600', 'backend.sharedFolder=assume', 'backend.pollIntervalMax=5')
    const here = await flights('backend.name=cpu')
    expect(drawDigests(onSlurm)).toEqual(drawDigests(here))
    expect({ ...lastingSummary(onSlurm), backend: '' }).toEqual({ ...lastingSummary(here), backend: '' })
  })
})
