import type { Load, MCMCBackend } from '../contracts/index.js'
import type { EvaluationPlace } from '../execution/evaluation-place.js'
import { SPLITS_ROWS } from '../planning/choose-backend.js'
import { shardDimension } from '../planning/local-parameters.js'
import type { Plan } from '../planning/plan.js'
import { iterations } from '../planning/sample-tasks.js'
import type { RunRecord } from '../run-directory/index.js'
import type { PlannedWork } from '../run-event.js'
import { diskEstimate, type DiskRequest } from './disk-estimate.js'

/** What the sizes of a plan are told from. */
export interface WorkRequest {
  readonly plan: Pick<Plan, 'record' | 'sampler' | 'gradientSeconds'>
  readonly backend: MCMCBackend
  readonly backendReason: string
  readonly combiner: string
  readonly evaluations: EvaluationPlace
  /** What files are written beside those of the tasks. */
  readonly disk: Omit<DiskRequest, 'plan' | 'sampler' | 'bundled'>
  readonly usableWorkers: number
  /** Tasks in flight at most. */
  readonly parallelTasks: number
}

type PlanRecord = RunRecord['plan']

/** Gradients of an iteration of a sampler that steps along trajectories: four doublings. Easy posteriors need 7, hard ones hundreds. */
const USUAL_GRADIENTS = 15
/** The statistic by which such samplers are known. */
const STEPS = 'num_steps'

/** What a plan amounts to. Nothing of it decides anything. */
export function plannedWork({ plan, backend, ...asked }: WorkRequest): PlannedWork {
  const { record, sampler, gradientSeconds } = plan
  const { shards, chains, dimension, sampling } = record.plan
  const rows = shards.map(shard => shard.rows)
  const concurrency = concurrencyOf(backend, { shards: shards.length, chains, parallelTasks: asked.parallelTasks })
  const splits = backend.name === SPLITS_ROWS
  const { detachable } = backend.getCapabilities()
  const cores = splits ? asked.usableWorkers : detachable ? concurrency.tasks : Math.min(concurrency.tasks, asked.usableWorkers)
  const coresOfChain = splits ? Math.max(1, cores / concurrency.tasks) : 1
  const gradients = sampler.extraFields.includes(STEPS) ? USUAL_GRADIENTS : null
  const isKnown = gradientSeconds !== undefined && gradients !== null
  return {
    backend: backend.name,
    backendReason: asked.backendReason,
    detachable,
    sampler: record.plan.sampler.name,
    combiner: asked.combiner,
    evaluations: asked.evaluations,
    shards: shards.length,
    chains,
    tasks: shards.length * chains,
    rows: record.data.rows.used,
    rowsPerShard: { least: Math.min(...rows), most: Math.max(...rows) },
    dimension,
    iterations: iterations(sampling),
    usableWorkers: asked.usableWorkers,
    tasksAtOnce: concurrency.tasks,
    memory: memoryOf(backend, record.plan, concurrency),
    ...(asked.disk.predictionBytes > 0 ? { predictionBytes: asked.disk.predictionBytes } : {}),
    diskBytes: diskEstimate({ ...asked.disk, plan: record.plan, sampler, bundled: record.code !== null }),
    gradientSeconds: gradientSeconds ?? null,
    gradientsPerIteration: gradients,
    seconds: isKnown ? samplingSeconds(record.plan, gradients * gradientSeconds, { cores, coresOfChain }) : null,
  }
}

interface Concurrency {
  /** Tasks, and shards that they belong to, at a time. */
  readonly tasks: number
  readonly shards: number
}

/** What the queue lets run at a time: consecutive tasks of the plan, so that t of them with c chains a shard belong to at most ceil((t - 1)/c) + 1 shards. */
function concurrencyOf(
  backend: MCMCBackend,
  { shards, chains, parallelTasks }: { readonly shards: number; readonly chains: number; readonly parallelTasks: number },
): Concurrency {
  const { supportsSharding, supportsParallelChains, maxParallelShards } = backend.getCapabilities()
  const most = supportsSharding ? Math.min(Math.max(1, maxParallelShards), shards) : 1
  const together = supportsParallelChains ? chains : 1
  const tasks = Math.max(1, Math.min(parallelTasks, most * together))
  return { tasks, shards: Math.min(most, Math.ceil((tasks - 1) / together) + 1) }
}

/** What the largest shard costs. */
export const largestLoad = (plan: PlanRecord): Load => ({
  rows: Math.max(...plan.shards.map(shard => shard.rows)),
  dataBytes: Math.max(...plan.shards.map(shard => shard.bytes)),
  dimension: Math.max(...plan.shards.map((_, shard) => shardDimension(plan, shard))),
  draws: iterations(plan.sampling),
})

/** One task, what further chains of its shard add, and the rows of further shards. */
function memoryOf(backend: MCMCBackend, plan: PlanRecord, { tasks, shards }: Concurrency): number {
  const load = largestLoad(plan)
  const of = (chains: number): number => backend.estimateMemory({ ...load, chains })
  const one = of(1)
  return one + (tasks - 1) * Math.max(0, of(2) - one) + ((shards - 1) * load.dataBytes) / 1e9
}

/** Time goes with rows. The longest chain is a lower limit. */
function samplingSeconds(
  { shards, chains, sampling }: PlanRecord,
  iterationSeconds: number,
  { cores, coresOfChain }: { readonly cores: number; readonly coresOfChain: number },
): number {
  const rows = Math.max(1, shards[0]!.rows)
  const chain = shards.map(shard => (iterations(sampling) * iterationSeconds * shard.rows) / rows)
  return Math.max(Math.max(...chain) / coresOfChain, (chains * chain.reduce((a, b) => a + b, 0)) / cores)
}
