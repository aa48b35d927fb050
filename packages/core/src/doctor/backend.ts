import type { BatchBackend } from '../batch/batch-backend.js'
import { clientNeeds } from '../batch/client/client-needs.js'
import type { TrialJob } from '../batch/site/trial-job.js'
import type { BackendDefinition, Diagnosis, Log, MCMCBackend } from '../contracts/index.js'
import { hostOf } from '../host.js'
import { optionsOf, type Found, type PluginRegistry } from '../plugins/index.js'
import type { Settings } from '../settings/schema.js'
import { sectionOptions } from '../settings/sections.js'
import { problem } from '../machine/problem.js'

export interface BackendDiagnosis {
  readonly found: readonly Diagnosis[]
  /** Its tasks outlive whoever submits them. */
  readonly detachable: boolean
  /** Its settings say that its jobs see the folder of the runs. */
  readonly assumedShared: boolean
}

const quiet: Log = { info: () => undefined, warn: () => undefined }

/** A job that is to be tried, from the folder that holds the runs. */
export interface JobTrial {
  readonly how: TrialJob
  readonly root: string
}

const noJobs = (what: string): Diagnosis => ({
  what: 'a job',
  level: 'warning',
  found: `none was tried: ${what} has no batch jobs`,
  change: 'name one that has: --backend slurm',
})

const HERE = { detachable: false, assumedShared: false }

/** Whether the backend is there, takes its options, and finds what it needs; and what it says of itself. */
export async function diagnoseBackend(
  registry: PluginRegistry,
  name: string,
  settings: Settings | undefined,
  trial: JobTrial | undefined,
): Promise<BackendDiagnosis> {
  const what = `backend ${name}`
  try {
    if (name === 'auto') return { found: [await automatic(registry)], ...HERE }
    const found = await registry.find('backend', name)
    const { capabilities, summary } = found.definition
    const lines = await ask(found, settings, { what, summary, trial })
    const assumedShared = settings !== undefined && sectionOptions(settings, 'backend').sharedFolder === 'assume'
    return { found: lines, detachable: capabilities.detachable === true, assumedShared }
  } catch (error) {
    return { found: [problem(what, error)], ...HERE }
  }
}

async function automatic(registry: PluginRegistry): Promise<Diagnosis> {
  const names = (await registry.all('backend')).map(({ definition }) => definition.name)
  if (names.length > 0)
    return { what: 'backend auto', level: 'ok', found: `chosen by the plan (chorale run --dry-run says which): ${names.join(', ')}` }
  return { what: 'backend auto', level: 'problem', found: 'no backend is installed', change: 'npm install chorale' }
}

interface Question {
  readonly what: string
  readonly summary: string
  readonly trial: JobTrial | undefined
}

async function ask(
  found: Found<'backend'>,
  settings: Settings | undefined,
  { what, summary, trial }: Question,
): Promise<readonly Diagnosis[]> {
  const definition: BackendDefinition<unknown> = found.definition
  const options = optionsOf(found, settings ? sectionOptions(settings, 'backend') : {})
  const backend: MCMCBackend & Partial<Pick<BatchBackend, 'tryJob' | 'diagnoseClients'>> = await definition.create(options, hostOf(quiet))
  try {
    const able = await backend.validateResources().then(
      (): Diagnosis => ({ what, level: 'ok', found: summary }),
      (error: unknown) => problem(what, error),
    )
    const itsOwn = [
      ...((await backend.diagnose?.().catch((error: unknown) => [problem(what, error)])) ?? []),
      ...(settings ? await clientLines(backend, settings) : []),
    ]
    // A scheduler that is not there, or says nothing, is among what a batch backend finds itself.
    if (isOfScheduler(able) && itsOwn.some(({ level }) => level === 'problem')) return itsOwn
    if (!trial || able.level === 'problem') return [able, ...itsOwn]
    if (!backend.tryJob) return [able, ...itsOwn, noJobs(what)]
    return [able, ...itsOwn, ...(await backend.tryJob(trial.how, trial.root).catch((error: unknown) => [problem('a job', error)]))]
  } finally {
    await backend.cleanup()
  }
}

const isOfScheduler = ({ level, found }: Diagnosis): boolean => level === 'problem' && /^CHORALE_SCHEDULER_\w+:/.test(found)

/** Jobs that drive or combine runs, where the settings ask for something of their own for these. */
async function clientLines(
  { diagnoseClients }: Partial<Pick<BatchBackend, 'diagnoseClients'>>,
  { output }: Settings,
): Promise<readonly Diagnosis[]> {
  try {
    return (await diagnoseClients?.(clientNeeds(output))) ?? []
  } catch (error) {
    return [problem('jobs that drive or combine', error)]
  }
}
