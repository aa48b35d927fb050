import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import type { ChainReport, TaskResult } from '../../src/contracts/index.js'
import { layout, makeDirectory, readChainReport, recordFile } from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'

const REPORT: ChainReport = {
  format: 1,
  warmup: { iterations: 400, gradients: 5000, divergences: 3, seconds: 0.02 },
  sampling: { iterations: 1000, gradients: 7000, divergences: 0, seconds: 0.03 },
  adaptation: 'fast',
  stepSize: 0.4,
  metric: { kind: 'diagonal', inverse: [1, 2] },
}

async function resultWith(content: string | undefined): Promise<readonly [run: string, result: TaskResult]> {
  const run = await temporaryFolder()
  const task = layout.sampleTaskId(0, 0, 0)
  const directory = layout.attemptDirectory(run, task, 1)
  await makeDirectory(directory)
  if (content !== undefined) await writeFile(join(directory, 'chain.json'), content)
  const files = content === undefined ? [] : [await recordFile(directory, 'chain.json')]
  return [run, { format: 1, task, attempt: 1, files, seconds: 1, node: '' }]
}

test('the report of a chain is read where its sampler wrote one', async () => {
  expect(await readChainReport(...(await resultWith(JSON.stringify(REPORT))))).toEqual(REPORT)
  expect(await readChainReport(...(await resultWith(undefined)))).toBeUndefined()
})

test.each([
  ['that is not JSON', '{', /chain\.json is not JSON/],
  ['without its counts', JSON.stringify({ ...REPORT, sampling: { iterations: 1000 } }), /no report of a chain.*gradients/s],
])('a report %s is damage, and named', async (_what, content, message) => {
  await expect(readChainReport(...(await resultWith(content)))).rejects.toMatchObject({
    code: 'CHORALE_RESULT_DAMAGED',
    message: expect.stringMatching(message),
  })
})
