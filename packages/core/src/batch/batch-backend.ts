import type { Clock } from '../clock.js'
import {
  DEFAULT_CAPABILITIES,
  type BackendCapabilities,
  type BatchOptions,
  type DetachableBackend,
  type RunContext,
  type SchedulerAdapter,
  type Task,
} from '../contracts/index.js'
import type { Exec } from '../exec.js'
import { eventsOf } from '../lifecycle/event-channel.js'
import { estimateMemory } from '../lifecycle/memory-estimate.js'
import type { SubmissionPreview } from './preview.js'

/** What a batch backend does its work with. */
export interface BatchServices {
  readonly clock: Clock
  readonly exec: Exec
}

/** What differs from the defaults for every batch scheduler. */
const BATCH: Partial<BackendCapabilities> = {
  supportsSharding: true,
  maxParallelShards: 100_000,
  isolation: 'process',
  detachable: true,
  interactive: false,
}

/** A detachable backend that can show its submissions before it makes them. */
export interface BatchBackend extends DetachableBackend {
  preview(tasks: readonly Task[], context: Pick<RunContext, 'runDirectory' | 'limits'>): Promise<readonly SubmissionPreview[]>
}

/** Whoever leaves the loop leaves the jobs alone. */
function leaving(left: AbortSignal): AbortSignal {
  const controller = new AbortController()
  if (left.aborted) controller.abort('detach')
  left.addEventListener('abort', () => controller.abort('detach'), { once: true })
  return controller.signal
}

/**
 * Turns the adapter of a scheduler into a backend whose tasks are batch jobs, which outlive this process. Its parts load on first use.
 */
export function batchBackend(
  name: string,
  declared: Partial<BackendCapabilities>,
  adapter: SchedulerAdapter,
  options: BatchOptions,
  services: BatchServices,
): BatchBackend {
  const capabilities: BackendCapabilities = { ...DEFAULT_CAPABILITIES, ...BATCH, ...declared }
  const jobs = () => import('./batch-jobs.js').then(({ batchJobs }) => batchJobs({ name, adapter, options, ...services }))
  let loaded: ReturnType<typeof jobs> | undefined
  const batch = () => (loaded ??= jobs())
  return {
    name,
    getCapabilities: () => capabilities,
    validateResources: async load => (await batch()).validate(load),
    estimateMemory: load => estimateMemory(load, 1, capabilities) * Math.max(1, load.chains),
    submit: async (tasks, context) => (await batch()).submit(tasks, context),
    run: (tasks, context) =>
      eventsOf(async (emit, left) => {
        const jobs = await batch()
        await jobs.run(tasks, { ...context, signal: AbortSignal.any([context.signal, leaving(left)]) }, emit)
      }),
    attach: (tasks, context) =>
      eventsOf(async (emit, left) => {
        const jobs = await batch()
        await jobs.attach(tasks, { ...context, signal: AbortSignal.any([context.signal, leaving(left)]) }, emit)
      }),
    cancel: async (tasks, context) => (await batch()).cancel(tasks, context),
    diagnose: async () => (await batch()).diagnose(),
    preview: async (tasks, context) => (await batch()).preview(tasks, context),
    cleanup: async () => (await loaded)?.close(),
  }
}
