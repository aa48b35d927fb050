import { readdir } from 'node:fs/promises'

import { expect, test } from 'vitest'

import { createRuntime } from '../../src/composition.js'
import { BATCH_OPTIONS, type BatchOptions, type Host } from '../../src/contracts/index.js'
import { parseSettings } from '../../src/settings/index.js'
import { modelAdapter } from '../batch/scheduler-model.js'
import { errorOf } from '../error-of.js'
import { folderWith } from '../folders.js'

const cluster = {
  name: 'cluster-plugin',
  apiVersion: 1,
  backends: [
    {
      name: 'cluster',
      summary: 'Jobs of a cluster',
      capabilities: { detachable: true },
      options: { type: 'object', properties: BATCH_OPTIONS, additionalProperties: false },
      create: (options: BatchOptions, host: Host) => host.batchBackend('cluster', { detachable: true }, modelAdapter, options),
    },
  ],
}

async function runtimeIn(folder: string, options: BatchOptions = {}) {
  const given = { model: './model.mjs', data: { path: './rows.csv' }, backend: { name: 'cluster', ...options }, plugins: [cluster] }
  return createRuntime({ settings: { settings: parseSettings(given as object, 'test'), origins: new Map(), warnings: [], folder } })
}

test.each(['run', 'preview'] as const)(
  'a run of batch jobs below /tmp is refused before anything is planned or written (%s), unless the settings say that jobs see it',
  async how => {
    // A folder for temporary files, without the model that a plan would ask for.
    const folder = await folderWith({})
    const signal = new AbortController().signal
    await using runtime = await runtimeIn(folder)
    const error = await errorOf(() => runtime.pipeline[how](signal))
    expect(error).toMatchObject({ code: 'CHORALE_RUN_ROOT_NOT_SHARED', details: { askedBy: 'output.directory' } })
    expect(await readdir(folder)).toEqual([])
    await using assuming = await runtimeIn(folder, { sharedFolder: 'assume' })
    expect((await errorOf(() => assuming.pipeline[how](signal))).code).not.toBe('CHORALE_RUN_ROOT_NOT_SHARED')
  },
)
