import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { taskDirectory } from '../run-directory/layout.js'

/** Absolute folders of the task's attempts but this one, newest first: what a sampler may go on from. */
export async function earlierAttempts(run: string, task: string, own: number): Promise<readonly string[]> {
  const folder = taskDirectory(run, task)
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter(entry => entry.isDirectory() && /^\d{3,}$/.test(entry.name) && Number(entry.name) !== own)
    .sort((a, b) => Number(b.name) - Number(a.name))
    .map(entry => join(folder, entry.name))
}
