/**
 * What a child process executes. Its main thread only supervises: it passes orders to one thread, and what that reports to the parent. So it answers at once
 * whatever the model does, and when the parent is gone it ends the task, with a checkpoint where there is time for one, and then itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isTaskError, isTaskStoppedError, type TaskEvent } from '@chorale/core/contracts'

import type { FromChild, ToChild } from './process-messages.js'
import type { TaskEnd } from './thread-messages.js'
import { WorkersTransport, type CountedTask } from './workers-transport.js'

const VITALS_MS = 100
/** How long a task may take for its last checkpoint once the parent is gone. */
const LAST_CHECKPOINT_MS = 800

const transport = new WorkersTransport()
let running: CountedTask | undefined

/** The parent may be gone: then nobody wants to know. */
const tell = (message: FromChild): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

async function endOf({ outcome }: CountedTask): Promise<TaskEnd> {
  try {
    const result = await outcome
    return 'files' in result ? { type: 'completed', result } : { type: 'stopped', stopped: result }
  } catch (error) {
    if (isTaskStoppedError(error)) return { type: 'stopped', stopped: error.stopped }
    if (isTaskError(error)) return { type: 'failed', failure: error.failure }
    throw error
  }
}

async function run({ runDirectory, task, attempt }: ToChild & { readonly type: 'run' }): Promise<void> {
  await transport.open({ runDirectory })
  const started = transport.start(task, attempt, (event: TaskEvent) => tell({ type: 'event', event }))
  running = started
  const vitals = setInterval(() => tell({ type: 'vitals', beats: started.beats(), residentBytes: process.memoryUsage.rss() }), VITALS_MS)
  const end = await endOf(started)
  clearInterval(vitals)
  running = undefined
  tell(end)
}

// A terminal, and some batch systems, send these to every process of a group: the parent decides, and asks.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined)
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

process.on('message', (message: ToChild) => {
  if (message.type === 'run') void run(message)
  else running?.stop()
})

process.once('disconnect', () => {
  running?.stop()
  const ended = running?.outcome.catch(() => undefined)
  // Nothing less ends a process that has a thread inside a system call.
  void Promise.race([ended, sleep(LAST_CHECKPOINT_MS)]).then(() => process.kill(process.pid, 'SIGKILL'))
})
