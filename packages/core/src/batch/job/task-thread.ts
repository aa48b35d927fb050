/** The thread of a batch job that runs one task; the main thread only supervises. */
import { parentPort, workerData } from 'node:worker_threads'
import type { TaskEvent } from '../../contracts/event.js'
import { isTaskError, isTaskStoppedError } from '../../contracts/task.js'
import { runTaskFromBundle } from '../../job/load-job.js'
import { toTaskError } from '../../job/task-failure.js'
import { BEATS, STOP, STOP_REASONS, type ThreadOrder, type ThreadReport } from './messages.js'

const report = (message: ThreadReport): void => parentPort?.postMessage(message)

/** Runs the task of this thread's order and reports how it ended. */
export async function runTaskOfThread(): Promise<void> {
  const { runDirectory, task, signs } = workerData as ThreadOrder
  const hooks = {
    attempt: 1,
    emit: (event: TaskEvent) => report({ type: 'event', event }),
    shouldStop: () => {
      Atomics.add(signs, BEATS, 1)
      return Atomics.load(signs, STOP) !== 0
    },
    stopReason: () => STOP_REASONS[Atomics.load(signs, STOP)] ?? 'stop',
  }
  try {
    report({ type: 'completed', result: await runTaskFromBundle(runDirectory, task, hooks) })
  } catch (error) {
    if (isTaskStoppedError(error)) report({ type: 'stopped', stopped: error.stopped })
    else report({ type: 'failed', failure: isTaskError(error) ? error.failure : toTaskError(error, runDirectory).failure })
  }
}
