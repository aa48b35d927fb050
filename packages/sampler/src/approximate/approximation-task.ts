import {
  keptDraws,
  TaskError,
  type BoundModel,
  type ChainReport,
  type FileRecord,
  type Json,
  type JsonObject,
  type Model,
  type Powers,
  type SampleTask,
  type SamplingRequest,
  type SamplingSettings,
  type ShardData,
  type Task,
  type TaskHooks,
  type TaskResult,
} from '@chorale/core/contracts'
import type { Key } from '@chorale/random'
import { createPacer } from '../engine/pacer.js'
import { modelTarget } from '../engine/target.js'
import { findStart } from '../start/initialisation.js'
import { logTo, type Log } from '../start/log.js'
import { planStartOptions } from '../start/plan-settings.js'
import { createProbe, type Probe } from '../start/probe.js'
import { resolveStartOptions, startPlaceProperties, type StartOptions } from '../start/start-options.js'
import { startProposal } from '../start/start-proposal.js'
import { runAttempt } from '../task/attempt.js'
import { bindModel } from '../task/bind-model.js'
import { writeChainReport } from '../task/chain-report.js'
import { coordinateName } from '../task/coordinate-name.js'

/** Options about where climbs start: those of `nuts` that do not concern its chains. */
export type ClimbStartOptions = Pick<StartOptions, 'initStrategy' | 'initRadius' | 'initialValues'>

/** Options of samplers that climb to a mode. */
export interface ModeOptions extends ClimbStartOptions {
  /** Climbs to a mode from different starts; the highest is taken. Default 4. */
  readonly starts?: number
  /** Iterations of one climb at most. Default 2000. */
  readonly maxIterations?: number
}

const MODE_DEFAULTS = { starts: 4, maxIterations: 2000 }

/** JSON Schema of the properties of `ModeOptions`. */
export const modeOptionProperties = {
  ...startPlaceProperties,
  starts: { type: 'integer', minimum: 1, default: MODE_DEFAULTS.starts, description: 'Climbs to a mode; the highest is taken' },
  maxIterations: { type: 'integer', minimum: 1, default: MODE_DEFAULTS.maxIterations, description: 'Iterations of one climb at most' },
} satisfies Readonly<Record<string, Json>>

/** How far to look for a mode, as the options of the task say. */
export const modeSearch = ({ settings }: SampleTask): { readonly starts: number; readonly maxIterations: number } => {
  const { starts = MODE_DEFAULTS.starts, maxIterations = MODE_DEFAULTS.maxIterations } = settings.options as ModeOptions
  return { starts, maxIterations }
}

/** A density to approximate, and where to write. */
export interface ApproximationTask {
  readonly task: SampleTask
  readonly directory: string
  readonly bound: BoundModel
  readonly probe: Probe
  readonly log: Log
  /** A start of finite density, for the key of a climb. */
  startOf(pathKey: Key): Promise<Float64Array>
  nameOf(coordinate: number): string
}

/** What an approximation wrote, and the iterations of its climbs. */
export interface Approximated {
  readonly files: readonly FileRecord[]
  readonly iterations: number
  /** Evaluations before the first draw. */
  readonly evaluations: number
  /** Tail shape of the importance weights; null where it is no number. */
  readonly paretoK?: number | null
}

/** `chain.json` of an approximation. */
export interface ApproximationReport extends ChainReport {
  readonly paretoK?: number | null
}

/**
 * Runs a `sample` task by approximating its density, and writes `chain.json` about it. There is no checkpoint: another attempt begins again and, with the same
 * key, comes to the same bits.
 */
export function runApproximation(
  name: string,
  task: Task,
  model: Model,
  data: ShardData,
  directory: string,
  hooks: TaskHooks,
  approximate: (setting: ApproximationTask) => Promise<Approximated>,
  powersOf: (powers: Powers) => Powers = powers => powers,
): Promise<TaskResult> {
  return runAttempt(task, directory, hooks, async () => {
    if (task.kind !== 'sample') throw wrongKind(name, task)
    const began = performance.now()
    const setting = approximationTask(task, model, data, directory, hooks, powersOf(task.powers))
    const { files, iterations, evaluations, paretoK } = await approximate(setting)
    const report: ApproximationReport = {
      format: 1,
      adaptation: name,
      warmup: { iterations, gradients: evaluations, divergences: 0, seconds: (performance.now() - began) / 1000 },
      sampling: { iterations: keptDraws(task.settings), gradients: setting.probe.evaluations - evaluations, divergences: 0, seconds: 0 },
      ...(paretoK === undefined ? {} : { paretoK }),
    }
    return [...files, await writeChainReport(directory, report)]
  })
}

function approximationTask(
  task: SampleTask,
  model: Model,
  data: ShardData,
  directory: string,
  hooks: TaskHooks,
  powers: Powers,
): ApproximationTask {
  const pacer = createPacer(task, hooks)
  const bound = bindModel(task, model, data, hooks)
  const target = modelTarget(bound, powers)
  const proposal = startProposal(resolveStartOptions(task.settings.options as ClimbStartOptions), model, bound, task.chain)
  const nameOf = (coordinate: number) => coordinateName(bound.parameters, coordinate)
  return {
    task,
    directory,
    bound,
    probe: createProbe(target, pacer),
    log: logTo(task, hooks),
    startOf: pathKey => findStart(target, proposal, nameOf, pathKey, pacer),
    nameOf,
  }
}

function wrongKind(name: string, task: Task): TaskError {
  const message = `The sampler ${name} runs tasks of the kind sample; ${task.id} is of the kind ${task.kind}.`
  return new TaskError({ cause: 'backend', code: 'CHORALE_TASK_KIND', message, retryable: false })
}

/** Independent draws need no warm-up and no thinning: as many are made as would be kept. */
export async function planIndependentDraws(
  request: SamplingRequest,
  context: { readonly folder: string; readonly chains: number },
): Promise<SamplingSettings> {
  const options: JsonObject = await planStartOptions(request.options, context)
  return { ...request, warmup: 0, draws: keptDraws(request), thin: 1, saveWarmup: false, options }
}
