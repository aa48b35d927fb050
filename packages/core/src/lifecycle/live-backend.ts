import { setMaxListeners } from 'node:events'

import type { Clock } from '../clock.js'
import { DEFAULT_CAPABILITIES, type BackendCapabilities, type MCMCBackend, type Transport } from '../contracts/index.js'
import { eventsOf } from './event-channel.js'
import { estimateMemory } from './memory-estimate.js'
import { runTasks } from './run-tasks.js'

/**
 * Turns a transport into a backend: one shared queue, attempts with their cause, limits, and an end for every task.
 *
 * Every task given to `run` ends in exactly one `completed`, `failed` or `stopped` event, also when the run is stopped, when the transport cannot be
 * opened and when the task never started. Nothing starts before the first `next()`; leaving the loop early stops the tasks that run.
 */
export function liveBackend(name: string, declared: Partial<BackendCapabilities>, transport: Transport, clock: Clock): MCMCBackend {
  const capabilities: BackendCapabilities = { ...DEFAULT_CAPABILITIES, ...declared }
  let closed: Promise<void> | undefined
  return {
    name,
    getCapabilities: () => capabilities,
    validateResources: async () => undefined,
    estimateMemory: load => estimateMemory(load, capabilities.supportsParallelChains ? Math.max(1, load.chains) : 1, capabilities),
    run: (tasks, context) =>
      eventsOf(async (emit, left) => {
        if (closed) throw new Error(`the backend "${name}" was cleaned up; it runs no more tasks`)
        const signal = AbortSignal.any([context.signal, left])
        // Every running task listens: Node would take more than ten for a leak.
        setMaxListeners(0, signal)
        await runTasks({ transport, capabilities, tasks, context: { ...context, signal }, clock, emit })
      }),
    cleanup: () => (closed ??= Promise.resolve().then(() => transport.close())),
  }
}
