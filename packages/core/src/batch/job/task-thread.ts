/** The thread of a batch job that runs one task; the main thread only supervises. */
import { parentPort, workerData } from 'node:worker_threads'
import type { TaskEvent } from '../../contracts/event.js'
import { isTaskError, isTaskStoppedError } from '../../contracts/task.js'
import { runTaskFromBundle } from '../../job/load-job.js'
import { toTaskError } from '../../job/task-failure.js'
import { BEATS, SLOWEST_CHECKPOINT, STOP, STOP_REASONS, type ThreadOrder, type ThreadReport } from './messages.js'

const report = (message: ThreadReport): void => parentPort?.postMessage(message)

/** Runs the task of this thread's order and reports how it ended. */
export async function runTaskOfThread(): Promise<void> {
  const { runDirectory, task, signs } = workerData as ThreadOrder
  // Whatever the sampler is: a checkpoint is written after a gradient, and told once it is on disk.
  let asked = performance.now()
  const hooks = {
    attempt: 1,
    emit: (event: TaskEvent) => {
      if (event.type === 'checkpoint') {
        const taken = Math.ceil(performance.now() - asked)
        Atomics.store(signs, SLOWEST_CHECKPOINT, Math.max(taken, Atomics.load(signs, SLOWEST_CHECKPOINT)))
      }
      report({ type: 'event', event })
    },
    shouldStop: () => {
      asked = performance.now()
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
