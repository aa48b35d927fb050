import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { FakeScheduler } from './start.js'

export type Slowness = 'late' | 'marker-first' | 'empty-first'

/** A Node for jobs, for `backend.node`, whose results are seen so many real seconds after the job's end. `slow-folder.mjs` says how. */
export async function slowNode({ home }: FakeScheduler, how: Slowness, seconds: number): Promise<string> {
  const path = join(home, `node-${how}`)
  const preload = pathToFileURL(join(import.meta.dirname, 'slow-folder.mjs')).href
  const lines = [
    '#!/bin/sh',
    `NODE_OPTIONS='--import ${preload}' SLOW_FOLDER_HOW=${how} SLOW_FOLDER_SECONDS=${seconds}`,
    'export NODE_OPTIONS SLOW_FOLDER_HOW SLOW_FOLDER_SECONDS',
    `exec '${process.execPath}' "$@"`,
  ]
  await writeFile(path, `${lines.join('\n')}\n`)
  await chmod(path, 0o755)
  return path
}
