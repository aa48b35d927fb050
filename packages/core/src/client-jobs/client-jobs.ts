/** Jobs that are clients of a run, for the time when nobody is there: who asks for them, and when they go. */
import type { BatchBackend } from '../batch/batch-backend.js'
import { MOST_DRIVER_JOBS, type ClientJob, type ClientOrder, type ClientRole } from '../batch/client/client-job.js'
import { clientNeeds } from '../batch/client/client-needs.js'
import type { SubmissionPreview } from '../batch/submission/preview.js'
import { ChoraleError, isChoraleError, type BackendDefinition, type Host, type MCMCBackend, type RunContext } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import { combinerChoice, findCombiner } from '../planning/choose-combiner.js'
import { optionsOf, type PluginRegistry } from '../plugins/index.js'
import type { RunRecord } from '../run-directory/index.js'
import type { Settings } from '../settings/schema.js'
import { sectionOptions } from '../settings/sections.js'
import { clientMemory } from './client-memory.js'

/** What is done for the time when nobody is there, besides that tasks go on. */
export interface AbsenceOptions {
  /** Absolute path of the `chorale` command, as Node runs it: what client jobs execute on a node. */
  readonly entry?: string
  /** A job that drives the run. */
  readonly driverJob?: boolean
}

/** The driver job that this process is. */
export interface OwnDriverJob {
  /** Of its submission. */
  readonly number: number
  readonly generation: number
  /** The scheduler's id. */
  readonly job: string
  readonly entry: string
}

/** A driver job also combines. */
export function clientRole({ output }: Pick<Settings, 'output'>, { driverJob = false }: AbsenceOptions): ClientRole | undefined {
  if (driverJob) return 'driver'
  return output.combine === 'job' ? 'combine' : undefined
}

const asBatch = (backend: MCMCBackend): BatchBackend | undefined => ('submitClient' in backend ? (backend as BatchBackend) : undefined)

const askedFor = (role: ClientRole): string => (role === 'driver' ? '--driver-job' : 'output.combine: job')

/**
 * That the backend of the settings hands tasks to a batch scheduler: before anything is planned.
 * @throws ChoraleError `CHORALE_NOT_BATCH`, `CHORALE_BATCH_OPTION_INVALID`
 */
export async function requireBatch(registry: PluginRegistry, settings: Settings, role: ClientRole, host: Host): Promise<void> {
  const { name } = settings.backend
  clientNeeds(settings.output)
  if (name === 'auto') throw notBatch('auto', role)
  const found = await registry.find('backend', name)
  const definition: BackendDefinition<unknown> = found.definition
  if (!definition.capabilities.detachable) throw notBatch(definition.name, role)
  const backend = await definition.create(optionsOf(found, sectionOptions(settings, 'backend')), host)
  try {
    if (!asBatch(backend)) throw notBatch(definition.name, role)
  } finally {
    await backend.cleanup()
  }
}

const notBatch = (backend: string, role: ClientRole): ChoraleError =>
  new ChoraleError(
    'CHORALE_NOT_BATCH',
    `The backend "${backend}" hands nothing to a batch scheduler, so no job can ${role === 'driver' ? 'drive its runs' : 'combine its runs'}`,
    {
      askedBy: askedFor(role),
      fix:
        role === 'driver'
          ? 'without --driver-job; chorale attach drives the run'
          : 'set output.combine to driver, or backend.name to pbs or slurm',
    },
  )

/** @throws ChoraleError `CHORALE_NOT_DETACHABLE` where nobody said what client jobs run */
export function requireEntry({ entry }: AbsenceOptions, role: ClientRole): string {
  if (entry !== undefined) return entry
  const what = 'A job that is to combine or drive a run executes the chorale command, and where that is was not said'
  throw new ChoraleError('CHORALE_NOT_DETACHABLE', what, {
    askedBy: askedFor(role),
    fix: 'start the run with the command line: chorale run --detach',
  })
}

/** A client job of a run, with what it asks for. */
async function orderOf(
  role: ClientRole,
  { plan }: Pick<RunRecord, 'plan'>,
  settings: Settings,
  entry: string,
  registry: PluginRegistry,
): Promise<ClientOrder> {
  const choice = combinerChoice(settings)
  const needs = plan.shards.length === 1 ? undefined : (await findCombiner(registry, choice)).combiner.definition.needs
  const holdsData = settings.combination.evaluate === 'driver'
  const memoryBytes = settings.output.jobMemory ?? clientMemory({ plan, needs, combinedDraws: choice.draws, holdsData })
  return { role, entry, ...clientNeeds(settings.output), memoryBytes }
}

/** Submits a client job of a run, or finds that it is there already. @throws ChoraleError `CHORALE_NOT_BATCH`, and what the submission throws */
export async function submitClientJob(
  run: ActiveRun,
  role: ClientRole,
  absence: AbsenceOptions,
  registry: PluginRegistry,
): Promise<ClientJob> {
  const batch = asBatch(run.backend)
  if (!batch) throw notBatch(run.backend.name, role)
  return batch.submitClient(await orderOf(role, run.record, run.settings, requireEntry(absence, role), registry), run.context)
}

/** The same for a run whose tasks have been submitted. A refusal is warned of: the tasks go on, and somebody may attach. */
export async function tryClientJob(
  run: ActiveRun,
  role: ClientRole,
  absence: AbsenceOptions,
  registry: PluginRegistry,
): Promise<ClientJob | undefined> {
  try {
    return await submitClientJob(run, role, absence, registry)
  } catch (error) {
    if (!isChoraleError(error) || error.code === 'CHORALE_RUN_BUSY') throw error
    run.warn({ code: 'NO_CLIENT_JOB', message: `the ${role} job was not submitted: ${error.message}` })
    return undefined
  }
}

/** The client job of a run as it would be submitted; undefined for a backend that cannot show it. */
export async function previewClientJob(
  backend: MCMCBackend,
  { role, entry, registry }: { readonly role: ClientRole; readonly entry: string; readonly registry: PluginRegistry },
  {
    record,
    settings,
    submissions,
  }: { readonly record: Pick<RunRecord, 'plan'>; readonly settings: Settings; readonly submissions: number },
  context: Pick<RunContext, 'runDirectory' | 'limits'>,
): Promise<SubmissionPreview | undefined> {
  return asBatch(backend)?.previewClient(await orderOf(role, record, settings, entry, registry), submissions, context)
}

/** A driver job that has begun to drive submits the one that goes on for it, which the scheduler starts when this one has ended. */
export async function continueDriverJob(
  run: ActiveRun,
  { number, generation, job, entry }: OwnDriverJob,
  registry: PluginRegistry,
): Promise<void> {
  const { log } = run.context
  if (generation >= MOST_DRIVER_JOBS) return log.warn(`this is driver job ${generation} of ${MOST_DRIVER_JOBS}: no other goes on for it`)
  const order = await orderOf('driver', run.record, run.settings, entry, registry)
  try {
    const next = await asBatch(run.backend)?.submitClient({ ...order, after: { number, job, generation } }, run.context)
    if (next) log.info(`${next.name} (job ${next.job}) goes on when this job ends before the run has its result`)
  } catch (error) {
    if (!isChoraleError(error) || error.code === 'CHORALE_RUN_BUSY') throw error
    log.warn(`jobs cannot submit jobs here, so nobody goes on when this one ends: ${error.message}`)
  }
}

/** The run has its result: no job need wait to make one. What cannot be taken back ends by itself when it starts. */
export async function dismissClientJobs({ backend, context, path }: ActiveRun): Promise<void> {
  try {
    const alive = await asBatch(backend)?.dismissClients('superseded', 'the run has its result', { runDirectory: path })
    if (alive && alive.length > 0) context.log.warn(`still there, and without work: ${alive.join(', ')}`)
  } catch (error) {
    context.log.warn(`jobs that wait for this run stay, and end by themselves: ${error instanceof Error ? error.message : String(error)}`)
  }
}
