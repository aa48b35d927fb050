/** What a thread executes: it waits for orders, runs the task of each through the run's job bundle, and reports. */
import { parentPort } from 'node:worker_threads'
import { isTaskError, isTaskStoppedError, type TaskEvent } from '@chorale/core/contracts'
import { runTaskFromBundle } from '@chorale/core/job'

import type { TaskEnd, TaskOrder, ThreadReport } from './thread-messages.js'

const report = (message: ThreadReport): void => parentPort?.postMessage(message)

async function run({ runDirectory, task, attempt, stop }: TaskOrder): Promise<TaskEnd> {
  const hooks = {
    attempt,
    emit: (event: TaskEvent) => report({ type: 'event', event }),
    shouldStop: () => Atomics.load(stop, 0) !== 0,
  }
  try {
    return { type: 'completed', result: await runTaskFromBundle(runDirectory, task, hooks) }
  } catch (error) {
    if (isTaskStoppedError(error)) return { type: 'stopped', stopped: error.stopped }
    if (isTaskError(error)) return { type: 'failed', failure: error.failure }
    throw error
  }
}

parentPort?.on('message', (order: TaskOrder) => void run(order).then(report))
