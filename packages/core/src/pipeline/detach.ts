import type { ClientJob } from '../batch/client/client-job.js'
import type { SubmittedJob } from '../batch/submission/submitted-jobs.js'
import { ChoraleError, isChoraleError, type Task } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { Outcomes } from '../execution/drive.js'
import type { PluginRegistry } from '../plugins/index.js'
import type { PlannedRun } from '../planning/plan.js'
import { isRunCancelled, type RunRecord } from '../run-directory/index.js'
import type { Settings } from '../settings/schema.js'

/** A run whose tasks go on without this process. */
export interface DetachedRun {
  readonly status: 'detached'
  readonly path: string
  readonly run: string
  readonly backend: string
  /** Tasks that the backend has. */
  readonly tasks: number
  /** How the scheduler names their jobs; empty where the backend is none of a scheduler. */
  readonly submitted: readonly SubmittedJob[]
  /** The job that does a client's work while nobody is there. */
  readonly clientJob?: ClientJob
}

/** Whether tasks of a run outlive their driver, by its record. */
export const isDetachableRun = ({ plan }: Pick<RunRecord, 'plan'>): boolean => plan.detachable === true

/**
 * Before a plan costs anything: the backend must keep tasks without this process, and whoever attaches must be able to load every plugin.
 * @throws ChoraleError `CHORALE_NOT_DETACHABLE`, or what a name that does not exist throws
 */
export async function requireDetachable(registry: PluginRegistry, { backend, plugins, model }: Settings): Promise<void> {
  if (backend.name === 'auto') {
    throw refused('the backend is chosen automatically (auto), among those whose tasks end with this process', {
      askedBy: 'chorale run --detach, backend.name: auto',
      available: await detachableBackends(registry),
      fix: 'name one whose tasks go on by themselves: --backend slurm',
    })
  }
  const { definition } = await registry.find('backend', backend.name)
  if (!definition.capabilities.detachable)
    throw notDetachable(definition.name, 'run --detach', undefined, await detachableBackends(registry))
  const inline = plugins.find(plugin => typeof plugin === 'object')
  if (inline) {
    throw refused(`the plugin "${inline.name}" is an imported object, which nobody can load who attaches later`, {
      askedBy: 'chorale run --detach, plugins',
      fix: `name its package or path: plugins: ['./${inline.name}.mjs']`,
    })
  }
  if (model !== undefined && !('path' in model)) {
    throw refused('the model is an object of this process, which the tasks could not load', {
      askedBy: 'chorale run --detach, model',
      fix: 'put the model into a module and name its path: model: ./model.ts',
    })
  }
}

/** `asked`: the command, without `chorale`. */
export function notDetachable(backend: string, asked: string, path?: string, available?: readonly string[]): ChoraleError {
  return refused(`tasks of the backend "${backend}" end with the process that drives them`, {
    askedBy: `chorale ${asked}`,
    ...(path === undefined ? {} : { lookedIn: path }),
    ...(available === undefined ? {} : { available }),
    fix:
      path === undefined
        ? 'without --detach, in a terminal that stays (tmux, nohup); or a backend whose tasks go on by themselves'
        : `chorale run --resume ${path}`,
  })
}

const refused = (why: string, details: ChoraleError['details']): ChoraleError =>
  new ChoraleError('CHORALE_NOT_DETACHABLE', `This run cannot go on without its process: ${why}`, details)

async function detachableBackends(registry: PluginRegistry): Promise<readonly string[]> {
  const installed = await registry.all('backend')
  return installed.filter(({ definition }) => definition.capabilities.detachable).map(({ definition }) => definition.name)
}

/** A run that a job without a terminal may drive, or combine. @throws ChoraleError `CHORALE_NOT_DETACHABLE`, `CHORALE_RUN_CANCELLED` */
export function requireCollectable({ path, record }: Pick<PlannedRun, 'path' | 'record'>, asked: string): void {
  if (!isDetachableRun(record)) throw notDetachable(record.plan.backend, asked, path)
  if (!isRunCancelled(path)) return
  throw new ChoraleError('CHORALE_RUN_CANCELLED', 'This run was cancelled', {
    lookedIn: path,
    fix: `chorale run --resume ${record.id} goes on with it`,
  })
}

const LATENCY_SECONDS = 120

/** Seconds that a result may take to show on another machine, as the backend's own option says. */
export function latencyOf({ backend }: Settings): number {
  const { fileLatency } = backend
  return typeof fileLatency === 'number' ? fileLatency : LATENCY_SECONDS
}

/** The settings of a run for a backend of this machine: limits and options of its own backend are about jobs, and nothing is asked by submissions. */
export const onThisMachine = (settings: Settings): Settings => ({
  ...settings,
  backend: { name: 'cpu', attempts: settings.backend.attempts },
  combination: { ...settings.combination, evaluate: settings.combination.evaluate === 'driver' ? 'driver' : 'auto' },
})

/** How the tasks of a cancelled run ended: none is tried again. */
export async function collectCancelled(run: ActiveRun, tasks: readonly Task[]): Promise<Outcomes> {
  const { recordedOutcomes } = await import('../execution/recorded-outcomes.js')
  try {
    return await recordedOutcomes(run, tasks)
  } catch (error) {
    if (!isChoraleError(error) || error.code !== 'CHORALE_RUN_UNFINISHED') throw error
    throw new ChoraleError('CHORALE_RUN_CANCELLED', `This run was cancelled: ${error.message}`, {
      lookedIn: run.path,
      fix: `chorale run --resume ${run.record.id} goes on with it`,
    })
  }
}
