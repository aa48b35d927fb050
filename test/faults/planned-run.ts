import { cpSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'

import { REPOSITORY, start } from '../e2e/command.js'

const CHILD = join(REPOSITORY, 'test', 'faults', 'storm-child.mjs')

/** What `storm-child.mjs` printed for a request, a value a line. */
export async function stormChild<T>(folder: string, request: object): Promise<readonly T[]> {
  const { code, stdout, stderr } = await start(process.execPath, [CHILD, JSON.stringify(request)], { folder }).ended
  if (code !== 0) throw new Error(`storm-child.mjs ended with ${code}: ${stderr}`)
  return stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as T)
}

/** Plans a run of the project in a folder; nothing of it is sampled. Returns its path. */
export async function plannedRun(folder: string, settings: object): Promise<string> {
  const [{ path }] = (await stormChild<{ readonly path: string }>(folder, { plan: settings, folder })) as [{ readonly path: string }]
  return path
}

/** The same run in a folder of its own: runs are where they lie. */
export function copyOf(run: string, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const copy = join(folder, basename(run))
  cpSync(run, copy, { recursive: true })
  return copy
}
