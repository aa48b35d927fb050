import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

import type { BatchBackend } from '../batch/batch-backend.js'
import type { ClientRole } from '../batch/client/client-job.js'
import type { SubmissionPreview } from '../batch/submission/preview.js'
import type { BackendDefinition, Host, MCMCBackend, RunLimits } from '../contracts/index.js'
import { evaluationPlace } from '../execution/evaluation-place.js'
import { runLimits } from '../execution/open-run.js'
import { combinerChoice, type CombinerChoice } from '../planning/choose-combiner.js'
import { flatPriorWarning } from '../planning/flat-priors/flat-prior.js'
import { localDrawsOf } from '../planning/local-draws.js'
import { localGroupsWarning } from '../planning/local-groups.js'
import { plannedPredictions } from '../planning/plan-predictions.js'
import type { Plan } from '../planning/plan.js'
import { usableWorkers } from '../machine/usable-workers.js'
import { optionsOf, type PluginRegistry } from '../plugins/index.js'
import type { RunAccess } from '../run-directory/index.js'
import type { PlannedWork, PlanPreview, Warning } from '../run-event.js'
import type { Settings } from '../settings/schema.js'
import { sectionOptions } from '../settings/sections.js'
import { verificationDraws } from '../verification/verification-draws.js'
import { largestLoad, plannedWork, type WorkRequest } from './planned-work.js'
import { recordedSettings } from './reopen.js'

/** What is warned of before anything is sampled. */
export function planWarnings({ record: { plan }, backend }: Plan): readonly Warning[] {
  const fallback: Warning | undefined = backend.warning === undefined ? undefined : { code: 'BACKEND_FALLBACK', message: backend.warning }
  return [fallback, flatPriorWarning(plan.parameters, plan.shards.length), localGroupsWarning(plan)].filter(
    warning => warning !== undefined,
  )
}

/** What a plan amounts to on a backend. One shard needs no combiner. */
export function workOf(
  plan: Plan,
  backend: MCMCBackend,
  { name, draws }: Pick<CombinerChoice, 'name' | 'draws'>,
  parallelTasks: number,
): PlannedWork {
  const combiner = plan.record.plan.shards.length === 1 ? 'none' : name
  const evaluations = evaluationPlace({ backend, settings: recordedSettings(plan) })
  const request = { plan, backend, backendReason: plan.backend.reason, combiner, evaluations, disk: diskRequest(plan, draws) }
  return plannedWork({ ...request, parallelTasks, usableWorkers: usableWorkers() })
}

function diskRequest(plan: Plan, combinedDraws: number): WorkRequest['disk'] {
  const { record } = plan
  const settings = recordedSettings(plan)
  const { enabled, draws = verificationDraws(record.plan.dimension) } = settings.verification
  const predictions = plannedPredictions(settings, record, plan.simulatedPerRow)
  return {
    combinedDraws,
    localDraws: settings.combination.locals === 'skip' ? 0 : Math.min(combinedDraws, localDrawsOf(settings, record.plan)),
    positions: enabled ? draws : 0,
    deterministics: plan.deterministicValues ?? 0,
    priorDraws: plan.priorDraws ?? 0,
    predictionBytes: predictions.reduce((total, { draws, valuesPerDraw }) => total + 8 * draws * valuesPerDraw, 0),
  }
}

export interface PreviewRequest {
  readonly settings: Settings
  /** That would hold the run directory. */
  readonly folder: string
  readonly host: Host
  /** A job that would be a client of the run. */
  readonly client?: { readonly role: ClientRole; readonly entry: string; readonly registry: PluginRegistry }
}

/** Makes the backend of a plan, asks it whether it can and for its estimates, and frees it again. */
export async function previewOf(plan: Plan, { settings, folder, host, client }: PreviewRequest): Promise<PlanPreview> {
  const { backend: found } = plan.backend
  const definition: BackendDefinition<unknown> = found.definition
  const backend = await definition.create(optionsOf(found, sectionOptions(settings, 'backend')), host)
  try {
    const load = largestLoad(plan.record.plan)
    await backend.validateResources(load)
    const limits = runLimits(settings, backend, load)
    const work = workOf(plan, backend, combinerChoice(settings), limits.parallelTasks)
    const request = { limits, run: join(folder, 'RUN'), access: settings.output.mode }
    const submissions = await submissionsOf(plan, backend, request)
    const clientJob = client && (await clientJobOf(plan, backend, { settings, client, submissions: submissions?.length ?? 0 }, request))
    return {
      ...work,
      directory: folder,
      diskFree: await freeBytes(folder),
      warnings: planWarnings(plan),
      ...(submissions === undefined ? {} : { submissions }),
      ...(clientJob === undefined ? {} : { clientJob }),
    }
  } finally {
    await backend.cleanup()
  }
}

interface SubmissionsRequest {
  readonly limits: RunLimits
  /** What the run directory is called, which does not exist. */
  readonly run: string
  readonly access: RunAccess
}

/** Where a backend can say what it would submit. */
async function submissionsOf(
  { record }: Plan,
  backend: MCMCBackend & Partial<Pick<BatchBackend, 'preview'>>,
  request: SubmissionsRequest,
): Promise<PlanPreview['submissions']> {
  if (!backend.preview) return undefined
  const { firstTasks } = await import('../execution/submit-tasks.js')
  const context = (runDirectory: string) => ({ runDirectory, limits: request.limits })
  return asIfIn(request, async stand => backend.preview!(firstTasks({ record }), context(stand)))
}

interface ClientRequest {
  readonly settings: Settings
  readonly client: NonNullable<PreviewRequest['client']>
  /** Before this one. */
  readonly submissions: number
}

/** The same of a job that would be a client of the run. */
async function clientJobOf(
  { record }: Plan,
  backend: MCMCBackend,
  { settings, client, submissions }: ClientRequest,
  request: SubmissionsRequest,
): Promise<SubmissionPreview | undefined> {
  const { previewClientJob } = await import('../client-jobs/client-jobs.js')
  const [shown] = await asIfIn(request, async stand => {
    const context = { runDirectory: stand, limits: request.limits }
    const preview = await previewClientJob(backend, client, { record, settings, submissions }, context)
    return preview ? [preview] : []
  })
  return shown
}

/** A backend looks at the modes of the run directory: an empty folder stands for that, and is called like it. */
async function asIfIn(
  { run, access }: SubmissionsRequest,
  preview: (stand: string) => Promise<readonly SubmissionPreview[]>,
): Promise<readonly SubmissionPreview[]> {
  const stand = await mkdtemp(join(tmpdir(), 'chorale-preview-'))
  try {
    await chmod(stand, access === 'group' ? 0o750 : 0o700)
    const named = (text: string): string => text.replaceAll(stand, run).replaceAll(basename(stand), basename(run))
    const found = await preview(stand)
    return found.map(one => ({ ...one, command: named(one.command), scriptPath: named(one.scriptPath), script: named(one.script) }))
  } finally {
    await rm(stand, { recursive: true, force: true })
  }
}

/** Of the file system of a folder, or of the nearest one above it that exists. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    return dirname(folder) === folder ? null : freeBytes(dirname(folder))
  }
}
