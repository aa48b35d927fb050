import {
  DEFAULT_CAPABILITIES,
  type BackendCapabilities,
  type BackendDefinition,
  type DetachableBackend,
  type RunContext,
  type Task,
  type TaskEvent,
} from '@chorale/core/contracts'
import { isFinal } from '../../src/backend/observed-run.js'
import { EventQueue } from './event-queue.js'
import { ToyRun } from './toy-run.js'

/** What a broken detachable backend does otherwise. */
export interface DetachableFlaws {
  readonly submitsTwice?: boolean
  readonly attachSubmits?: boolean
  readonly attachForgets?: boolean
  readonly ignoresCancel?: boolean
  readonly cleanupCancels?: boolean
  readonly leavingCancels?: boolean
  readonly detachCancels?: boolean
}

const declared: Partial<BackendCapabilities> = { sameProcess: true, detachable: true, supportsSharding: true, maxParallelShards: 2 }
const capabilities: BackendCapabilities = { ...DEFAULT_CAPABILITIES, ...declared }

/** Tasks that were given away together: they go on whoever listens. */
class Submission {
  readonly tasks: readonly Task[]
  readonly told: TaskEvent[] = []
  readonly listeners = new Set<(event: TaskEvent) => void>()
  readonly #controller = new AbortController()

  constructor(tasks: readonly Task[], context: RunContext) {
    this.tasks = tasks
    const { signal } = this.#controller
    if (context.signal.aborted) this.cancel()
    const run = new ToyRun(tasks, { ...context, signal }, capabilities, {}, { closed: false, stopped: new Set() })
    run.start()
    void this.#tell(run)
  }

  get alive(): boolean {
    return this.told.filter(isFinal).length < this.tasks.length
  }

  get wasStopped(): boolean {
    return this.told.some(({ type }) => type === 'stopped')
  }

  holds({ id }: Task): boolean {
    return this.tasks.some(task => task.id === id)
  }

  cancel(): void {
    this.#controller.abort('cancel')
  }

  async #tell(run: ToyRun): Promise<void> {
    for await (const event of run.loop()) {
      this.told.push(event)
      for (const listener of this.listeners) listener(event)
    }
  }
}

/** Tasks go on after the loop, the instance and its cleanup; by run directory, as if they lay there. */
class Cluster {
  readonly #submissions = new Map<string, readonly Submission[]>()
  readonly #flaws: DetachableFlaws

  constructor(flaws: DetachableFlaws) {
    this.#flaws = flaws
  }

  submissions({ runDirectory }: RunContext): readonly Submission[] {
    return this.#submissions.get(runDirectory) ?? []
  }

  /** What it gives away anew. */
  submit(tasks: readonly Task[], context: RunContext): readonly Submission[] {
    const known = this.submissions(context).filter(submission => submission.alive || !submission.wasStopped)
    const fresh = tasks.filter(task => this.#flaws.submitsTwice === true || !known.some(submission => submission.holds(task)))
    const submitted = fresh.length > 0 ? [new Submission(fresh, context)] : []
    this.#submissions.set(context.runDirectory, [...known, ...submitted])
    return submitted
  }

  async *attach(tasks: readonly Task[], context: RunContext): AsyncGenerator<TaskEvent> {
    if (this.#flaws.attachSubmits === true) this.submit(tasks, context)
    const events = new EventQueue()
    const submissions = this.submissions(context)
    const ended = new Set<string>()
    const hear = (event: TaskEvent): void => {
      events.push(event)
      if (isFinal(event)) ended.add(event.task)
      if (ended.size >= tasks.length) events.end()
    }
    const abort = (): void => {
      const leaves = context.signal.reason === 'detach' && this.#flaws.detachCancels !== true
      if (leaves || submissions.length === 0) events.end()
      else for (const submission of submissions) submission.cancel()
    }
    for (const submission of submissions) {
      const snapshot = this.#flaws.attachForgets === true && !submission.alive ? [] : submission.told
      for (const event of snapshot) hear(event)
      submission.listeners.add(hear)
    }
    if (tasks.length === 0) events.end()
    context.signal.addEventListener('abort', abort)
    try {
      yield* events
    } finally {
      context.signal.removeEventListener('abort', abort)
      for (const submission of submissions) submission.listeners.delete(hear)
      if (this.#flaws.leavingCancels === true) for (const submission of submissions) submission.cancel()
    }
  }

  async cancel(context: RunContext): Promise<readonly string[]> {
    if (this.#flaws.ignoresCancel === true) return []
    const submissions = this.submissions(context)
    for (const submission of submissions) submission.cancel()
    while (submissions.some(({ alive }) => alive)) await new Promise(resolve => setTimeout(resolve, 5))
    return []
  }
}

/** A backend whose tasks outlive it, except for its flaws. */
export function detachableBackend(flaws: DetachableFlaws = {}): BackendDefinition<object> {
  const cluster = new Cluster(flaws)
  return {
    name: 'toy-queue',
    summary: 'Gives tasks away',
    capabilities: declared,
    create: (): DetachableBackend => {
      const submitted: Submission[] = []
      const submit = (tasks: readonly Task[], context: RunContext): void => void submitted.push(...cluster.submit(tasks, context))
      return {
        name: 'toy-queue',
        getCapabilities: () => capabilities,
        validateResources: () => Promise.resolve(),
        estimateMemory: ({ dataBytes, chains }) => (5e8 + dataBytes * (1 + chains)) / 1e9,
        submit: (tasks, context) => Promise.resolve(submit(tasks, context)),
        attach: (tasks, context) => cluster.attach(tasks, context),
        cancel: (_, context) => cluster.cancel(context),
        async *run(tasks, context) {
          submit(tasks, context)
          yield* cluster.attach(tasks, context)
        },
        cleanup: () => {
          if (flaws.cleanupCancels === true) for (const submission of submitted) submission.cancel()
          return Promise.resolve()
        },
      }
    },
  }
}
