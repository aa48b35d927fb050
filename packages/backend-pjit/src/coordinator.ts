import { isTaskError, isTaskStoppedError, type ShardData, type TaskEvent, type TaskHooks } from '@chorale/core/contracts'
import { runTaskFromBundle, toShardData, type SharedRows } from '@chorale/core/job'

import { BEAT_SIGN, STOP_SIGN, type CoordinatorReport, type TaskEnd, type TaskOrder, type TaskOutcome } from './messages.js'
import { DensitySplitter } from './split-density.js'

const splitter = new DensitySplitter()

/** By key: what is bound hangs on the identity of its rows. */
const shards = new Map<string, ShardData>()

function shardOf({ key, table }: SharedRows): ShardData {
  const shard = shards.get(key) ?? toShardData(table)
  shards.set(key, shard)
  return shard
}

/** Drops rows that no task needs any more, and what was bound to them. */
export function forgetRows(key: string): void {
  const data = shards.get(key)
  if (data !== undefined) splitter.forget(data)
  shards.delete(key)
}

/** Runs the task of an order in this thread, its likelihood together with the other devices of the team. */
export async function coordinate(order: TaskOrder, report: (message: CoordinatorReport) => void): Promise<TaskOutcome> {
  const end = await ended(order, report)
  const { isWhole } = splitter
  if (end.type === 'failed' || !isWhole) splitter.release()
  return { ...end, isWhole }
}

async function ended(order: TaskOrder, report: (message: CoordinatorReport) => void): Promise<TaskEnd> {
  const { runDirectory, task, attempt, signs, rows } = order
  const emit = (event: TaskEvent): void => report({ type: 'event', event })
  const companions = {
    post: report,
    say: (line: string) => emit({ type: 'log', task: task.id, attempt, at: Date.now(), level: 'info', line }),
  }
  const hooks: TaskHooks = {
    attempt,
    emit,
    shouldStop() {
      Atomics.add(signs, BEAT_SIGN, 1)
      return Atomics.load(signs, STOP_SIGN) !== 0
    },
    bind: (model, data, summary) => splitter.bind(order, companions, model, data, summary),
  }
  try {
    return { type: 'completed', result: await runTaskFromBundle(runDirectory, task, hooks, rows && shardOf(rows)) }
  } catch (error) {
    if (isTaskStoppedError(error)) return { type: 'stopped', stopped: error.stopped }
    if (isTaskError(error)) return { type: 'failed', failure: error.failure }
    throw error
  }
}
