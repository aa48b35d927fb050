import type { Json, Log, TaskEvent } from '../contracts/index.js'
import type { RunEvent } from '../run-event.js'

/** Writes what a run says into its log, but for progress, of which there is too much. Warnings and notes are logged where they arise. */
export function logEvent(log: Log, event: RunEvent): void {
  switch (event.type) {
    case 'plan':
      return log.info('plan', { ...event.plan })
    case 'stage':
      return log.info(event.stage, { detail: event.detail })
    case 'restart':
      return log.warn('restart', { shard: event.shard, restart: event.restart, reason: event.reason })
    case 'task':
      return logTaskEvent(log, event.event)
    case 'warning':
      return
  }
}

function logTaskEvent(log: Log, event: TaskEvent): void {
  const { type, task, attempt, ...rest } = event
  if (type === 'progress') return
  const fields = { task, attempt, ...(rest as unknown as Record<string, Json>) }
  if (event.type === 'completed') {
    // The record of the attempt has its files and their digests.
    const { seconds, node } = event.result
    return log.info('completed', { task, attempt, seconds, node })
  }
  if (type === 'failed' || type === 'retrying') log.warn(type, fields)
  else log.info(type, fields)
}
