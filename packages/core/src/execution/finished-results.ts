import { isChoraleError, type Task, type TaskResult } from '../contracts/index.js'
import {
  acceptResult,
  layout,
  listEndedAttempts,
  readAcceptedResult,
  readEndedAttempt,
  syncDirectory,
  toJsonText,
  writeOnce,
  makeDirectory,
} from '../run-directory/index.js'

/**
 * The results that are on disk for these tasks, from this or an earlier process: the pinned attempt if its files are whole, otherwise any other complete
 * attempt, which is pinned now (a crash may fall between the end of an attempt and its acceptance).
 */
export async function finishedResults(run: string, tasks: readonly Task[]): Promise<ReadonlyMap<string, TaskResult>> {
  const wanted = new Set(tasks.map(task => task.id))
  const results = new Map<string, TaskResult>()
  const ended = (await listEndedAttempts(run)).filter(({ task }) => wanted.has(task))
  const pinned = new Map<string, number>()
  for (const id of new Set(ended.map(({ task }) => task))) {
    const accepted = await readAcceptedResult(run, id)
    if (accepted) pinned.set(id, accepted.attempt)
  }
  const pinnedFirst = ended.sort((a, b) => Number(pinned.get(b.task) === b.attempt) - Number(pinned.get(a.task) === a.attempt))
  for (const marker of pinnedFirst) {
    if (results.has(marker.task)) continue
    const result = await completeResult(run, marker)
    if (!result) continue
    await acceptResult(run, result)
    results.set(marker.task, result)
  }
  return results
}

async function completeResult(run: string, marker: { readonly task: string; readonly attempt: number }): Promise<TaskResult | undefined> {
  try {
    const ended = await readEndedAttempt(run, marker)
    return ended.status === 'completed' ? ended.result : undefined
  } catch (error) {
    if (isChoraleError(error) && error.code === 'CHORALE_RESULT_DAMAGED') return undefined
    throw error
  }
}

/** Records of tasks that are written at a time: a disk puts them in safety together, which takes it no longer than one. */
const WRITTEN_TOGETHER = 16

/** Writes `task.json` of each, once. What a crash leaves out is written again by a resume, from `run.json`; the folders are synced for their attempts. */
export async function writeTasks(run: string, tasks: readonly Task[]): Promise<void> {
  for (let from = 0; from < tasks.length; from += WRITTEN_TOGETHER) {
    await Promise.all(tasks.slice(from, from + WRITTEN_TOGETHER).map(task => writeTask(run, task)))
    await syncDirectory(layout.tasksDirectory(run))
  }
}

async function writeTask(run: string, task: Task): Promise<void> {
  await makeDirectory(layout.taskDirectory(run, task.id), { sync: 'none' })
  await writeOnce(layout.taskRecord(run, task.id), toJsonText(task), { sync: 'none' })
}
