import { foldIn, prngKey } from '@chorale/random'

import {
  ChoraleError,
  isChoraleError,
  type BoundModel,
  type CombineContext,
  type CombinedDraws,
  type CombinerNeeds,
  type DrawMatrix,
  type Json,
  type Log,
  type SubPosteriorDraws,
} from '../contracts/index.js'
import { loadChain, type ChainDraws } from '../run-directory/index.js'
import type { CombinationRequest } from '../planning/choose-combiner.js'
import type { ActiveRun } from '../execution/active-run.js'
import { combinedTable } from './combined-table.js'
import { shardPowers } from '../planning/shard-powers.js'
import { taskEvaluator } from '../execution/evaluator.js'
import { raisePrior, reweightByPrior } from './missing-shards.js'
import { BATCHES } from './moments.js'
import { pickRows, systematicResample } from './resample.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import type { Warning } from '../run-event.js'
import { shardDeterministics } from './shard-deterministics.js'
import { toSubPosterior } from './sub-posteriors.js'
import type { ParameterSummary } from '../pipeline/summary-schema.js'

/** Keys of a run's own randomness lie apart from those of its chains, whose first fold is a shard's number. */
const COMBINE_STREAM = 0xc0_0000
const RESAMPLE_STREAM = 0xc0_0004

/** Draws of all shards together stay in memory up to this size; beyond it they are read again whenever a combiner asks. */
const KEPT_BYTES = 256 * 1024 * 1024

/** The combined posterior on both scales. */
export interface Combination {
  readonly draws: DrawMatrix
  readonly parameters: Readonly<Record<string, ParameterSummary>>
  readonly diagnostics: Readonly<Record<string, Json>>
}

/**
 * Combines the sub-posteriors of the shards that succeeded into joint draws on the unconstrained scale, and summarises them on the constrained one. Standard
 * errors come from repeating the combination with one of 20 batches of every shard's draws left out.
 */
export async function combineShards(run: ActiveRun, shards: readonly CompletedShard[], request: CombinationRequest): Promise<Combination> {
  const { needs } = request.combiner.definition
  const bound = await run.bindShard(shards[0]!.shard)
  const keep = totalPositions(shards) * 8 <= KEPT_BYTES
  const subPosteriors: ((skip?: number) => SubPosteriorDraws)[] = []
  for (const { shard, rows, chains } of shards) {
    const load = async (): Promise<readonly ChainDraws[]> =>
      withFullPrior(run, await Promise.all(chains.map(loadChain)), bound, shards.length)
    const { parameters } = run.record.plan
    subPosteriors.push(await toSubPosterior({ shard, rows, parameters, powers: shardPowers(shards.length), chains: load, keep }))
  }
  const combine = (log: Log, skip?: number): Promise<CombinedDraws> =>
    askCombiner(
      run,
      request,
      subPosteriors.map(of => of(skip)),
      log,
    )

  const { draws, diagnostics = {} } = await combine(combinerLog(run))
  const leftOut: DrawMatrix[] = []
  if (needs.evaluator === 'never') {
    const batches = Math.min(BATCHES, ...shards.map(s => s.chains.reduce((total, chain) => total + chain.rows, 0)))
    for (let batch = 0; batch < batches; batch++) leftOut.push((await combine(SILENT, batch)).draws)
  }
  const warn = (warning: Warning): void => run.warn(warning)
  const compare = shards.length > 1 && (bound.deterministics ?? []).length > 0
  const omit = compare ? shardDeterministics(bound, await run.bindShard(shards.at(-1)!.shard), draws, warn) : new Set<string>()
  return { draws, diagnostics, parameters: combinedTable(bound, { draws, leftOut, omit }, warn) }
}

const totalPositions = (shards: readonly CompletedShard[]): number =>
  shards.reduce((total, { chains }) => total + chains.reduce((values, { rows, dimension }) => values + rows * dimension, 0), 0)

/** Chains whose targets carry 1/remaining of the prior, as those of the remaining shards must. */
function withFullPrior(run: ActiveRun, chains: readonly ChainDraws[], bound: BoundModel, remaining: number): readonly ChainDraws[] {
  const planned = run.record.plan.shards.length
  if (remaining === planned) return chains
  if (remaining > 1) return chains.map(chain => raisePrior(chain, bound, planned, remaining))
  return chains.map((chain, c) => reweightByPrior(chain, bound, planned, foldIn(streamKey(run, RESAMPLE_STREAM), 1 + c)))
}

const streamKey = (run: ActiveRun, stream: number) => foldIn(prngKey(run.record.seed), stream)

/** What a combiner warns of belongs to the result; it is heard once, not again for every standard error. */
const combinerLog = (run: ActiveRun): Log => ({
  info: (message, fields) => run.context.log.info(message, fields),
  warn: message => run.warn({ code: 'COMBINER', message }),
})
const SILENT: Log = { info: () => undefined, warn: () => undefined }

/** Draws of equal weight from one call of the combiner, checked. */
async function askCombiner(
  run: ActiveRun,
  { combiner: { definition }, options, size }: CombinationRequest,
  shards: readonly SubPosteriorDraws[],
  log: Log,
): Promise<CombinedDraws> {
  const { signal } = run.context
  const ids = shards.map(shard => shard.shard)
  const wanted = definition.needs.evaluator
  const affordable = wanted === 'required' || (wanted === 'optional' && run.backend.getCapabilities().interactive)
  const context: CombineContext<CombinerNeeds, unknown> = {
    key: streamKey(run, COMBINE_STREAM),
    size,
    options,
    evaluator: (affordable ? taskEvaluator(run, ids) : undefined) as undefined,
    signal,
    log,
  }
  let combined: CombinedDraws
  try {
    combined = await definition.combine(shards, context as never)
  } catch (error) {
    if (isChoraleError(error) || signal.aborted) throw error
    throw brokenCombiner(definition.name, `threw: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  const problem = drawsProblem(combined, run.record.plan.dimension)
  if (problem !== undefined) throw brokenCombiner(definition.name, `returned ${problem}`)
  if (combined.logWeights === undefined) return combined
  const rows = systematicResample(combined.logWeights, streamKey(run, RESAMPLE_STREAM))
  if (!rows) throw brokenCombiner(definition.name, 'returned weights of which none is positive, or one is not a number')
  return { ...combined, draws: pickRows(combined.draws, rows) }
}

function drawsProblem(combined: CombinedDraws | undefined, expected: number): string | undefined {
  if (typeof combined?.draws !== 'object') return 'no draws'
  const { logWeights } = combined
  const { draws, dimension, values } = combined.draws
  if (dimension !== expected) return `${dimension} dimensions instead of ${expected}`
  if (!(draws > 1)) return `${draws} draws: too few to describe a posterior`
  if (values.length !== draws * dimension) return `${values.length} values for ${draws} draws in ${dimension} dimensions`
  if (!values.every(Number.isFinite)) return 'draws that are not finite'
  if (logWeights && logWeights.length !== draws) return `${logWeights.length} weights for ${draws} draws`
  return undefined
}

function brokenCombiner(combiner: string, what: string, cause?: unknown): ChoraleError {
  return new ChoraleError('CHORALE_COMBINER_BROKEN', `The combiner "${combiner}" ${what}`, {
    askedBy: 'combination.name',
    fix: 'chorale combine <run> --combiner gaussian, and report this to the author of the combiner',
    cause,
  })
}
