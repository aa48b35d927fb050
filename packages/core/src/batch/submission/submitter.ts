/** Hands tasks to the scheduler: the intent first, then the command, then its answer. */
import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { RunLimits } from '../../contracts/backend.js'
import { ChoraleError } from '../../contracts/error.js'
import type { JobAddress, JobRequest, ServerFacts } from '../../contracts/scheduler.js'
import { makeDirectory } from '../../run-directory/atomic-file.js'
import { highestEpoch } from '../../run-directory/driver-record.js'
import type { BatchSettings } from '../batch-settings.js'
import { CLIENT_COMMAND, type ClientFacts } from '../client/client-job.js'
import { wordsOf, type Commander } from '../commander.js'
import { writeBatchEntry } from './job-bundle.js'
import { environmentFile, outputFolder, scriptFile } from '../job-files.js'
import { cancelText } from '../job/order.js'
import { jobScript } from './job-script.js'
import { refused, requireAwaits, requireTaken } from './refusal.js'
import { writeAnswer, writeIntent, type Answer, type Intent, type TaskHistory } from './submission-records.js'
import type { PlannedSubmission } from './submission-plan.js'
import { writeScript } from './submission-script.js'

/** What is submitted, and for whom. */
export interface Order {
  readonly planned: PlannedSubmission
  readonly limits: Pick<RunLimits, 'taskSeconds' | 'heartbeatSeconds' | 'memoryBytes'>
  readonly history: Readonly<Record<string, TaskHistory>>
  /** The submission that these jobs continue when it stops, and the id of its job. */
  readonly after?: { readonly number: number; readonly job: string }
  /** Jobs that are waited for, however they end. */
  readonly afterAll?: readonly JobAddress[]
  /** For a job that is a client: it runs this command instead of tasks. */
  readonly client?: ClientFacts & { readonly entry: string }
}

/** Everything of a submission before it is made: also what `--dry-run` shows. */
export interface PreparedSubmission {
  readonly intent: Intent
  readonly script: string
  readonly request: JobRequest
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
/** Unique, looked up by it, and accepted as a job's name by every scheduler. */
export const newJobName = (): string => `c${Array.from(randomBytes(12), byte => BASE32[byte % 32]).join('')}`

/** A refusal that may pass is tried again after so many seconds. */
const TRANSIENT_PAUSES = [5, 15, 45, 120] as const

export class Submitter {
  readonly #commander: Commander
  readonly #settings: BatchSettings
  readonly #run: string
  #epoch: number | undefined

  constructor(commander: Commander, settings: BatchSettings, run: string) {
    this.#commander = commander
    this.#settings = settings
    this.#run = run
  }

  /**
   * Asks the scheduler once, or again after a refusal that may pass. An answer that is not there or not clear leaves the intent open: see `resolveIntent`.
   * @throws ChoraleError `CHORALE_SUBMISSION_REFUSED`; `CHORALE_RUN_BUSY` when another process has taken over
   */
  async submit(order: Order, from: number, signal: AbortSignal): Promise<number> {
    const facts = await this.#commander.facts()
    const folder = outputFolder(this.#run)
    await makeDirectory(folder)
    const entry = await writeBatchEntry(this.#run)
    for (let pause = 0; ; pause++) {
      await this.#requireDriving()
      const { number, prepared } = await this.#writeFirstFree(order, from, facts, entry)
      const answer = await this.#commander.submit(prepared.request, facts)
      const read = this.#commander.adapter.readSubmission(answer, facts)
      if (read.kind === 'unclear') return number
      const record: Answer =
        read.kind === 'accepted'
          ? { format: 1, kind: 'accepted', job: read.job, found: false, words: wordsOf(answer) }
          : {
              format: 1,
              kind: 'refused',
              transient: read.transient,
              words: read.words,
              ...(read.fix === undefined ? {} : { fix: read.fix }),
            }
      await writeAnswer(this.#run, number, record)
      if (record.kind === 'accepted') return number
      // Copies of tasks for later are not worth the wait.
      const seconds = record.transient && (!order.after || order.client) ? TRANSIENT_PAUSES[pause] : undefined
      if (seconds === undefined || signal.aborted)
        throw refused(record, this.#commander.adapter, scriptFile(this.#run, number), prepared.intent.command)
      await this.#commander.clock.sleep(1000 * seconds, signal)
      from = number + 1
    }
  }

  /** What would be submitted, and nothing written. */
  async prepare(order: Order, number: number, facts: ServerFacts, entry: string): Promise<PreparedSubmission> {
    const { adapter } = this.#commander
    const { planned, history, after, afterAll, client, limits } = order
    const { walltime, memory, array, elements } = planned
    const settings = this.#settings
    const run = this.#run
    const name = newJobName()
    const first = array ? (facts.arrays.firstIndex ?? 0) : 0
    const continues: JobAddress | undefined = after && { job: after.job }
    const request: JobRequest = {
      name,
      ...(array
        ? { array: { first, last: first + elements.length - 1, ...(planned.atOnce === undefined ? {} : { atOnce: planned.atOnce }) } }
        : {}),
      script: scriptFile(run, number),
      output: outputFolder(run),
      ...(settings.queue === undefined ? {} : { queue: settings.queue }),
      ...(settings.account === undefined ? {} : { account: settings.account }),
      ...(settings.project === undefined ? {} : { project: settings.project }),
      ...(walltime === null ? {} : { walltimeSeconds: walltime, warnSeconds: Math.round(settings.margin) }),
      ...(memory === null ? {} : { memoryBytes: memory }),
      cpus: settings.cpus,
      ...(continues ? { after: continues } : {}),
      ...(afterAll && afterAll.length > 0 ? { afterAll } : {}),
    }
    requireTaken(adapter.check?.(request, facts) ?? [])
    requireAwaits(adapter, request, facts)
    const script = jobScript({
      settings,
      directivePrefix: adapter.directivePrefix,
      variables: adapter.variables(facts),
      array,
      run,
      runId: basename(run),
      submission: number,
      name,
      ...(client ? { entry: client.entry, command: CLIENT_COMMAND } : { entry }),
      output: outputFolder(run),
      ...(Object.keys(settings.env).length === 0 ? {} : { environment: environmentFile(run, number) }),
      umask: await umaskOf(run),
    })
    const deletion = after && !client ? adapter.wasDeleted?.({ job: after.job, isArray: array }, facts) : undefined
    const intent: Intent = {
      format: 1,
      name,
      elements,
      first,
      walltimeSeconds: walltime,
      marginSeconds: settings.margin,
      atOnce: Math.min(settings.cpus, Math.max(1, ...elements.map(({ length }) => length))),
      limits: {
        taskSeconds: walltime === null ? limits.taskSeconds : null,
        heartbeatSeconds: limits.heartbeatSeconds,
        memoryBytes: least(memory, limits.memoryBytes),
      },
      environment: (await isStatistical(run)) ? null : { v8: process.versions.v8, arch: process.arch },
      oldCancel: await cancelText(run),
      epoch: this.#epoch ?? 0,
      scheduler: adapter.scheduler,
      array,
      memoryBytes: memory,
      cpus: settings.cpus,
      continues: after?.number ?? null,
      ...(deletion ? { deletion } : {}),
      ...(client ? { client: { role: client.role, generation: client.generation } } : {}),
      history,
      command: adapter.submission(request, facts),
      at: this.#commander.clock.wall(),
    }
    return { intent, script, request }
  }

  async #writeFirstFree(
    order: Order,
    from: number,
    facts: ServerFacts,
    entry: string,
  ): Promise<{ number: number; prepared: PreparedSubmission }> {
    for (let number = from; ; number++) {
      const prepared = await this.prepare(order, number, facts, entry)
      // Another driver may hold the number: the intent decides, and it comes last.
      if ((await writeScript(this.#run, number, prepared.script, this.#settings.env)) === 'exists') continue
      if ((await writeIntent(this.#run, number, prepared.intent)) === 'written') return { number, prepared }
    }
  }

  /** A driver that was taken over becomes a reader before its next submission. */
  async #requireDriving(): Promise<void> {
    const highest = await highestEpoch(this.#run)
    this.#epoch ??= highest
    if (highest === this.#epoch) return
    throw new ChoraleError(
      'CHORALE_RUN_BUSY',
      `Run ${basename(this.#run)} is driven by another process now; nothing more is submitted from here.`,
      {
        lookedIn: join(this.#run, 'drivers'),
        fix: `watch it with: chorale status ${basename(this.#run)}`,
      },
    )
  }
}

/** JSON has no infinity. */
function least(request: number | null, limit: number): number | null {
  const smallest = Math.min(request ?? Infinity, limit)
  return Number.isFinite(smallest) ? smallest : null
}

/** A run that was only thought of, as for `--dry-run`, is private. */
const umaskOf = (run: string): Promise<string> =>
  stat(run).then(
    ({ mode }) => ((mode & 0o050) === 0 ? '077' : '027'),
    () => '077',
  )

/** Whether the run's settings let its draws differ between machines. */
async function isStatistical(run: string): Promise<boolean> {
  try {
    const record = JSON.parse(await readFile(join(run, 'run.json'), 'utf8')) as { readonly settings?: { readonly reproducible?: unknown } }
    return record.settings?.reproducible === 'statistical'
  } catch {
    return false
  }
}
