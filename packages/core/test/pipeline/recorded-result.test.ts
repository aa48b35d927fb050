import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { recordedResult } from '../../src/pipeline/recorded-result.js'
import type { Summary } from '../../src/summary/summary-schema.js'
import { finishGiven } from '../gates/given-chains.js'

/** A finished run whose only shard has too many divergences, with this level. */
async function divergentRun(validation: Record<string, unknown>) {
  const made = await finishGiven({
    sites: [{ name: 'mu', shape: [2] }],
    draws: 1000,
    chains: 2,
    chainOf: (_, normal) => ({ positions: Float64Array.from({ length: 2000 }, normal), statistics: { diverging: i => (i < 300 ? 1 : 0) } }),
    settings: { validation },
  })
  await writeFile(join(made.path, 'run.json'), JSON.stringify(made.run.record))
  const change = async (edit: (summary: Record<string, unknown>) => void): Promise<void> => {
    const summary = JSON.parse(await readFile(join(made.path, 'summary.json'), 'utf8')) as Record<string, unknown>
    edit(summary)
    await writeFile(join(made.path, 'summary.json'), JSON.stringify(summary))
  }
  return { ...made, change }
}

test('whoever reads the result of a run learns of the gates that failed it what its driver learned', async () => {
  const { path, summary, failedGates } = await divergentRun({ levels: { divergences: 'fail' } })
  expect(failedGates).toMatchObject([expect.stringMatching(/^shard 0: 600 of 2000 draws diverged/)])
  expect(await recordedResult(path)).toEqual({ path, summary, failedGates })
})

test.each([
  ['fail', 1],
  ['warn', 0],
] as const)(
  'a summary of an older version has warnings instead of gates: with the level %s they fail the run %d times',
  async (level, times) => {
    const { path, change } = await divergentRun({ level })
    await change(summary => delete summary['gates'])
    const { summary, failedGates } = (await recordedResult(path))!
    expect(summary.gates).toEqual([])
    expect(failedGates).toHaveLength(times)
    expect(summary.warnings).toMatchObject([{ code: 'DIVERGENCES' }])
  },
)

test('a summary of a newer format is refused by name, one that lacks something is said to be damaged', async () => {
  const { path, change } = await divergentRun({})
  await change(summary => delete (summary as Partial<Summary>).verification)
  await expect(recordedResult(path)).rejects.toMatchObject({ code: 'CHORALE_RUN_DAMAGED' })
  await change(summary => (summary['format'] = 2))
  await expect(recordedResult(path)).rejects.toMatchObject({ code: 'CHORALE_RUN_FORMAT' })
})
