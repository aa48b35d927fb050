/** What a thread executes: it waits for orders, runs the task of each through the run's job bundle, and reports. */
import { parentPort } from 'node:worker_threads'
import type { ShardData, TaskEvent } from '@chorale/core/contracts'
import type { SharedRows } from '@chorale/core/job'
import { isTaskError, isTaskStoppedError, runTaskFromBundle, toShardData } from '@chorale/core/job/thread'

import { BEAT_SIGN, STOP_SIGN, type ForgetRows, type TaskEnd, type TaskOrder, type ThreadReport } from './thread-messages.js'

const report = (message: ThreadReport): void => parentPort?.postMessage(message)

/** By key. What a sampler keeps for a shard's next chain hangs on the identity of its rows. */
const shards = new Map<string, ShardData>()

function shardOf({ key, table }: SharedRows): ShardData {
  const shard = shards.get(key) ?? toShardData(table)
  shards.set(key, shard)
  return shard
}

async function run({ runDirectory, task, attempt, signs, rows }: TaskOrder): Promise<TaskEnd> {
  const hooks = {
    attempt,
    emit: (event: TaskEvent) => report({ type: 'event', event }),
    shouldStop: () => {
      Atomics.add(signs, BEAT_SIGN, 1)
      return Atomics.load(signs, STOP_SIGN) !== 0
    },
  }
  try {
    return { type: 'completed', result: await runTaskFromBundle(runDirectory, task, hooks, rows && shardOf(rows)) }
  } catch (error) {
    if (isTaskStoppedError(error)) return { type: 'stopped', stopped: error.stopped }
    if (isTaskError(error)) return { type: 'failed', failure: error.failure }
    throw error
  }
}

parentPort?.on('message', (message: TaskOrder | ForgetRows) => {
  if (message.type === 'forget') shards.delete(message.key)
  else void run(message).then(report)
})
