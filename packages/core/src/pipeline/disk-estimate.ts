import { keptDraws, type ParameterInfo, type SamplerDefinition } from '../contracts/index.js'
import {
  globalCoordinates,
  globalParameters,
  hasLocals,
  isLocal,
  localCoordinates,
  shardDimension,
  shardParameters,
} from '../planning/local-parameters.js'
import { valueCount } from '../model/parameter-names.js'
import type { RunRecord } from '../run-directory/index.js'

type PlanRecord = RunRecord['plan']

/** What the files of a run are told from. */
export interface DiskRequest {
  readonly plan: PlanRecord
  readonly sampler: Pick<SamplerDefinition, 'extraFields'>
  /** Draws of the combination. */
  readonly combinedDraws: number
  /** Those for which local parameters are drawn; 0 where they are left out. */
  readonly localDraws: number
  /** Positions at which the density of all rows is evaluated. */
  readonly positions: number
  /** Values of deterministic sites at a draw, in the first shard. */
  readonly deterministics: number
  /** Of the prior, with the parameters that all shards share. */
  readonly priorDraws: number
  /** Bytes of what is computed for every row. */
  readonly predictionBytes: number
  /** Whether the model is in the run directory. */
  readonly bundled: boolean
}

const BYTES = Float64Array.BYTES_PER_ELEMENT
/** Rows of moments a chain, and the dimension from which on they are diagonal. */
const [MOMENT_BATCHES, LARGEST_MATRIX] = [20, 100]
/** The records of a task and of its attempt, in blocks of the file system. */
const RECORD_BYTES = 40_000
/** Model, sampler and task runner in one file. */
const JOB_BYTES = 600_000
/** A checkpoint holds draws and gradients that the metric is learnt from: of about so many iterations, or of all of warm-up. */
const LEARNT_FROM = 300

const count = (parameters: readonly ParameterInfo[]): number => parameters.reduce((total, parameter) => total + valueCount(parameter), 0)

/**
 * What a run takes on the disk, in bytes: rows; of each chain its draws with gradients, statistics, moments, checkpoint and values; the combination; local
 * parameters; evaluations; the prior; predictions. Restarts, other attempts and what combiners ask of the density come on top.
 */
export function diskEstimate(request: DiskRequest): number {
  const { plan, predictionBytes, bundled } = request
  const numbers =
    chainNumbers(request) +
    combinedNumbers(request) +
    localNumbers(request) +
    evaluationNumbers(request) +
    request.priorDraws * count(globalParameters(plan.parameters))
  const { tasks, rows } = {
    tasks: plan.shards.length * (plan.chains + Math.sign(request.localDraws) * Number(hasLocals(plan)) + Number(isEvaluated(request))),
    rows: plan.shards.reduce((total, { bytes }) => total + bytes, 0),
  }
  return rows + BYTES * numbers + RECORD_BYTES * tasks + predictionBytes + (bundled ? JOB_BYTES : 0)
}

function chainNumbers({ plan, sampler: { extraFields }, deterministics }: DiskRequest): number {
  const { shards, chains, sampling } = plan
  const kept = keptDraws(sampling) + (sampling.saveWarmup ? sampling.warmup : 0)
  const moments = shards.length === 1 ? 0 : Math.min(MOMENT_BATCHES, kept)
  return shards.reduce((total, _, shard) => {
    const d = shardDimension(plan, shard)
    const values = count(shardParameters(plan, shard)) + deterministics
    const ofMoments = moments * (1 + 2 * d + 2 * (d > LARGEST_MATRIX ? d : d * d))
    const checkpoint = 2 * d * Math.min(LEARNT_FROM, sampling.warmup)
    return total + chains * (kept * (2 * d + extraFields.length + values) + ofMoments + checkpoint)
  }, 0)
}

function combinedNumbers({ plan, combinedDraws, deterministics }: DiskRequest): number {
  if (plan.shards.length === 1) return plan.chains * keptDraws(plan.sampling) * plan.dimension
  const global = hasLocals(plan) ? globalParameters(plan.parameters) : plan.parameters
  const dimension = hasLocals(plan) ? globalCoordinates(plan.parameters).length : plan.dimension
  return combinedDraws * (dimension + count(global) + (hasLocals(plan) ? 0 : deterministics))
}

/** Drawn by tasks, joined to combined draws, and as values. */
function localNumbers({ plan, localDraws, deterministics }: DiskRequest): number {
  if (!hasLocals(plan)) return 0
  const ofShards = plan.shards.reduce((total, _, shard) => {
    const parameters = shardParameters(plan, shard)
    return total + 2 * localCoordinates(parameters).length + 2 + count(parameters.filter(isLocal)) + deterministics
  }, 0)
  return localDraws * (ofShards + globalCoordinates(plan.parameters).length)
}

const isEvaluated = ({ plan, positions }: DiskRequest): boolean => positions > 0 && plan.shards.length > 1 && !hasLocals(plan)

const evaluationNumbers = (request: DiskRequest): number =>
  isEvaluated(request) ? request.positions * (request.plan.dimension + request.plan.shards.length) : 0
