import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

import { open, recordRunValues } from '../../src/results/index.js'
import { drive } from '../../src/execution/drive.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { sha256 } from '../../src/run-directory/file-record.js'
import { writeRunRecord } from '../../src/run-directory/index.js'
import { finishedRun, plannedRun } from './finished-run.js'

/** What a bundle exports, of the model of these runs: `mu` is exp of its two coordinates. */
const JOB = `
export const model = {
  rows: 'independent',
  dataNames: ['y1', 'y2'],
  bind: () => ({
    parameters: [{ name: 'mu', shape: [2], support: 'positive', scope: 'global', offset: 0, size: 2 }],
    dimension: 2,
    logDensityInto: () => 0,
    constrainInto: (values, position) => values.set(position.map(Math.exp)),
    unconstrainInto: () => undefined,
    samplePriorInto: position => void position.fill(1),
  }),
}
`

/** A sampled run without values that has its code in its folder, as one that was interrupted. */
async function bundledRun(): Promise<string> {
  const { run } = await plannedRun([40])
  await sampleShards(run, drive)
  const code = { path: `code/${sha256(JOB)}/job.mjs`, digest: sha256(JOB), exportName: 'default' }
  const file = join(run.path, code.path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JOB)
  for (const path of [file, dirname(file), dirname(dirname(file))]) await chmod(path, 0o700)
  await rm(join(run.path, 'run.json'))
  await writeRunRecord(run.path, { ...run.record, code })
  return run.path
}

test('a run that was interrupted gets the values of its finished chains, and its prior', async () => {
  const path = await bundledRun()
  expect((await (await open(path)).posterior()).scale).toBe('unconstrained')
  await recordRunValues(path)
  const set = await (await open(path)).posterior()
  expect([set.scale, set.sites.map(({ name }) => name), set.chains.length]).toEqual(['constrained', ['mu'], 2])
  const prior = await (await open(path)).prior()
  for await (const block of prior!.chains[0]!.values.blocks()) expect(new Set(block)).toEqual(new Set([Math.E]))
})

test('code that others can write is not loaded', async () => {
  const path = await bundledRun()
  await chmod(join(path, 'code'), 0o777)
  await expect(recordRunValues(path)).rejects.toMatchObject({ code: 'CHORALE_RUN_NOT_TRUSTED' })
  await recordRunValues(path, { trustRun: true })
  expect((await (await open(path)).posterior()).scale).toBe('constrained')
})

test('a model that was an object of another program is not there to be asked', async () => {
  await expect(recordRunValues((await finishedRun([40])).path)).rejects.toMatchObject({ code: 'CHORALE_MODEL_NOT_PORTABLE' })
})
