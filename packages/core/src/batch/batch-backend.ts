import type { Clock } from '../clock.js'
import {
  DEFAULT_CAPABILITIES,
  type BackendCapabilities,
  type BatchOptions,
  type DetachableBackend,
  type Diagnosis,
  type RunContext,
  type SchedulerAdapter,
  type Task,
} from '../contracts/index.js'
import type { Exec } from '../exec.js'
import type { ClientJob, ClientOrder } from './client/client-job.js'
import type { ClientNeeds } from './client/client-needs.js'
import { eventsOf } from '../lifecycle/event-channel.js'
import { estimateMemory } from '../lifecycle/memory-estimate.js'
import type { SubmissionPreview } from './submission/preview.js'
import type { TrialJob } from './site/trial-job.js'

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

/** A detachable backend that can show its submissions before it makes them, and whose jobs may be clients of their run. */
export interface BatchBackend extends DetachableBackend {
  preview(tasks: readonly Task[], context: Pick<RunContext, 'runDirectory' | 'limits'>): Promise<readonly SubmissionPreview[]>
  /** Rejects with `CHORALE_RUN_ROOT_NOT_SHARED` where jobs cannot see a run in this folder, which need not exist. */
  requireSharedFolder(folder: string): Promise<void>
  /** Submits a job of no task from the folder that holds the runs, and removes it: for `doctor`. What is wrong is an answer, not a rejection. */
  tryJob(how: TrialJob, root: string): Promise<readonly Diagnosis[]>
  /** Whether the queue of jobs that are clients takes what these ask for: for `doctor`. Nothing where the scheduler does not tell, or does not answer. */
  diagnoseClients(needs: ClientNeeds): Promise<readonly Diagnosis[]>
  /** As `preview`, of a job that is a client, after so many submissions. What it waits for has no id yet. */
  previewClient(order: ClientOrder, submissions: number, context: Pick<RunContext, 'runDirectory' | 'limits'>): Promise<SubmissionPreview>
  /** Submits a job that is a client of the run, for the time without one. One that is there already stays. */
  submitClient(order: ClientOrder, context: RunContext): Promise<ClientJob>
  /** Takes back the jobs that are clients of the run. @returns names of those that still live */
  dismissClients(reason: 'cancel' | 'superseded', words: string, context: Pick<RunContext, 'runDirectory'>): Promise<readonly string[]>
}

/** Whoever leaves the loop leaves the jobs alone, and asks for nothing. */
function leaving(left: AbortSignal): AbortSignal {
  const controller = new AbortController()
  if (left.aborted) controller.abort('left')
  left.addEventListener('abort', () => controller.abort('left'), { once: true })
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
    diagnoseClients: async needs => (await batch()).diagnoseClients(needs),
    tryJob: async (how, root) => (await batch()).tryJob(how, root),
    requireSharedFolder: async folder => (await batch()).requireSharedFolder(folder),
    preview: async (tasks, context) => (await batch()).preview(tasks, context),
    previewClient: async (order, submissions, context) => (await batch()).previewClient(order, submissions, context),
    submitClient: async (order, context) => (await batch()).submitClient(order, context),
    dismissClients: async (reason, words, context) => (await batch()).dismissClients({ reason, words }, context),
    cleanup: async () => (await loaded)?.close(),
  }
}
