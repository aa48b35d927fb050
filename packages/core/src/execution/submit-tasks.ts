import type { DetachableBackend, Task } from '../contracts/index.js'
import { sampleTasks } from '../planning/sample-tasks.js'
import type { ActiveRun } from './active-run.js'
import { finishedResults, writeTasks } from './finished-results.js'
import { requireDriving } from './require-driving.js'
import { cancelledTasks } from './settled-failures.js'

/** All chains of all shards, as planned: what a run begins with. */
export const firstTasks = ({ record }: Pick<ActiveRun, 'record'>): readonly Task[] =>
  record.plan.shards.flatMap(({ id }) => sampleTasks(record, record.plan.sampling, id, 0))

/** Writes the records of tasks and gives those that have no result to the backend. Resolves, with how many, when it has all of them. */
export async function submitTasks(run: ActiveRun, backend: DetachableBackend, tasks: readonly Task[]): Promise<number> {
  const { path, context } = run
  const [finished, cancelled] = [await finishedResults(path, tasks), await cancelledTasks(path, tasks)]
  const open = tasks.filter(({ id }) => !finished.has(id) && !cancelled.has(id))
  await writeTasks(path, open)
  await requireDriving(run)
  context.signal.throwIfAborted()
  await backend.submit(open, context)
  return open.length
}
