import { existsSync } from 'node:fs'

import type { Clock } from '../clock.js'
import { ChoraleError, type Task } from '../contracts/index.js'
import { layout } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import type { Outcomes } from './drive.js'
import { finishedResults } from './finished-results.js'
import { cancelledTasks, finalFailures } from './settled-failures.js'

const [SHORTEST_MS, LONGEST_MS] = [1_000, 20_000]
const NAMED = 5

/**
 * How tasks ended whose jobs are over, for a process that submits nothing: a task that another attempt could complete is an error. A result may be some time on its way over
 * a network file system, and is waited for so many seconds.
 * @throws ChoraleError `CHORALE_RUN_UNFINISHED`, which names tasks
 */
export const settledOutcomes =
  (clock: Clock, latencySeconds: number) =>
  async (run: ActiveRun, tasks: readonly Task[]): Promise<Outcomes> => {
    const { path, context } = run
    const until = clock.monotonic() + 1000 * latencySeconds
    for (let pause = SHORTEST_MS; ; pause = Math.min(LONGEST_MS, 2 * pause)) {
      const completed = await finishedResults(path, tasks)
      const open = tasks.filter(({ id }) => !completed.has(id))
      const failed = new Map([...(await finalFailures(path, open)), ...(await cancelledTasks(path, open))])
      const missing = open.filter(({ id }) => !failed.has(id))
      if (missing.length === 0) return { completed, failed, stopped: new Set() }
      const mayCome = missing.some(({ id }) => existsSync(layout.taskRecord(path, id)))
      if (!mayCome || clock.monotonic() >= until) throw unfinished(run, missing, mayCome)
      await clock.sleep(pause, context.signal)
      context.signal.throwIfAborted()
    }
  }

function unfinished({ path, record }: ActiveRun, missing: readonly Task[], wereSubmitted: boolean): ChoraleError {
  const names = missing.slice(0, NAMED).map(({ id }) => id)
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : ''
  const [count, have, them] = missing.length === 1 ? ['1 chain', 'has', 'it'] : [`${missing.length} chains`, 'have', 'them']
  const what = wereSubmitted ? `${have} no result, and no job is left that works at ${them}` : 'must be sampled again, which needs a driver'
  return new ChoraleError('CHORALE_RUN_UNFINISHED', `${count} ${what}: ${names.join(', ')}${more}`, {
    lookedIn: path,
    fix: `chorale attach ${record.id} (has them tried again, and combines)`,
  })
}
