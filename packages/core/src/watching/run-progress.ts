import { readFile } from 'node:fs/promises'

import { beatFile, type JobBeat } from '../batch/job-files.js'
import { layout } from '../run-directory/index.js'

/** A chain of which an attempt has begun and said nothing of its end. */
export interface StartedTask {
  readonly task: string
  readonly attempt: number
}

/** Files that one look reads: on a network file system each is a round trip. */
const READ_AT_MOST = 50

/** Share of all chains that is sampled, from 0 to 1. Of many chains that go on, some speak for all; undefined where none says anything. */
export async function progressOf(
  run: string,
  started: readonly StartedTask[],
  finished: number,
  planned: number,
): Promise<number | undefined> {
  const step = Math.max(1, Math.ceil(started.length / READ_AT_MOST))
  const asked = started.filter((_, i) => i % step === 0)
  const shares = (await Promise.all(asked.map(one => shareOf(run, one)))).flatMap(share => (share === undefined ? [] : [share]))
  if (shares.length === 0) return undefined
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  return Math.min(1, (finished + mean * started.length) / planned)
}

/** By the beat of a batch job. */
async function shareOf(run: string, { task, attempt }: StartedTask): Promise<number | undefined> {
  try {
    const { done, total } = JSON.parse(await readFile(beatFile(layout.attemptDirectory(run, task, attempt)), 'utf8')) as JobBeat
    return total > 0 ? Math.min(1, done / total) : undefined
  } catch {
    return undefined
  }
}
