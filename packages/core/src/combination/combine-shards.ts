import { foldIn } from '@chorale/random'

import {
  ChoraleError,
  type CombinedDraws,
  type CombinerNeeds,
  type DrawMatrix,
  type ImportanceCheck,
  type Json,
  type Log,
  type LogDensityEvaluator,
  type Powers,
  type SubPosteriorDraws,
} from '../contracts/index.js'
import { loadChain, type ChainDraws } from '../run-directory/index.js'
import type { CombinationRequest } from '../planning/choose-combiner.js'
import type { ActiveRun } from '../execution/active-run.js'
import { askCombiner, resamplingKey } from './ask-combiner.js'
import { combinedPart, withLocals, type CombinedPart } from './combined-part.js'
import { combinedTable } from './combined-table.js'
import { areInflated, shardPowers } from '../planning/shard-powers.js'
import { evaluationRounds, withinRounds } from '../execution/evaluation-place.js'
import { runEvaluator } from '../execution/evaluator.js'
import { raisePrior, reweightByPrior } from './missing-shards.js'
import { momentKeeper, type MomentKeeper } from './moment-keeper.js'
import { BATCHES } from './moments.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import type { Warning } from '../run-event.js'
import { shardDeterministics } from './shard-deterministics.js'
import { toSubPosterior, type ShardDraws } from './sub-posteriors.js'
import type { LocalsSummary, ParameterSummary } from '../summary/summary-schema.js'
import { hasLocals } from '../planning/local-parameters.js'

/** Draws of all shards together stay in memory up to this size, and so do their moments; beyond it they are read again whenever a combiner asks. */
const KEPT_BYTES = 256 * 1024 * 1024

/** The combined posterior on both scales. */
export interface Combination {
  readonly draws: DrawMatrix
  readonly parameters: Readonly<Record<string, ParameterSummary>>
  readonly diagnostics: Readonly<Record<string, Json>>
  /** Of a combiner that corrects its draws by the full-data log density. */
  readonly check?: ImportanceCheck | undefined
  /** Where shards have local parameters: how they were drawn after the combination, and how many draws. */
  readonly locals?: LocalsSummary
}

/**
 * Combines the sub-posteriors of the shards that succeeded into joint draws on the unconstrained scale, and summarises them on the constrained one. Standard
 * errors come from the combination with one of 20 batches of every shard's draws left out: made by the combiner, or by calling it again. `keptBytes`: how many of
 * draws, and of moments, stay in memory.
 */
export async function combineShards(
  run: ActiveRun,
  shards: readonly CompletedShard[],
  request: CombinationRequest,
  { keptBytes }: { readonly keptBytes: number } = { keptBytes: KEPT_BYTES },
): Promise<Combination> {
  requireAllIfInflated(run, shards.length)
  const bound = await run.bindShard(shards[0]!.shard)
  const part = combinedPart(run, bound, shards.length)
  const moments = momentKeeper(run, shards, part.dimension, keptBytes)
  let combined: RepeatedCombination
  try {
    combined = await combineParts(run, shards, request, { part, moments, keptBytes })
  } finally {
    moments.close()
  }
  const { draws, diagnostics = {}, check, leftOut } = combined
  const warn = (warning: Warning): void => run.warn(warning)
  const compare = shards.length > 1 && (bound.deterministics ?? []).length > 0
  const omit = compare
    ? shardDeterministics(part.model, part.others(await run.bindShard(shards.at(-1)!.shard)), draws, warn)
    : new Set<string>()
  const parameters = combinedTable(part.model, { draws, leftOut, omit, weightEss: check?.weightEss }, warn)
  if (!hasLocals(run.record.plan)) return { draws, diagnostics, check, parameters }
  const method = run.settings.combination.locals
  if (method === 'skip') return { draws, diagnostics, check, parameters, locals: { method, draws: 0 } }
  const { drawLocals } = await import('./draw-locals.js')
  const drawn = await drawLocals(run, { shards, draws, leftOut, combination: request.combiner.definition.name })
  const all = withLocals(bound, parameters, drawn.entries, warn)
  return { draws, diagnostics, check, parameters: all, locals: { method, draws: drawn.draws } }
}

/** A combination, and the same without each of the batches; without any where errors are not known from them. */
interface RepeatedCombination extends CombinedDraws {
  readonly leftOut: readonly DrawMatrix[]
}

interface CombinedParts {
  readonly part: CombinedPart
  readonly moments: MomentKeeper
  readonly keptBytes: number
}

async function combineParts(
  run: ActiveRun,
  shards: readonly CompletedShard[],
  request: CombinationRequest,
  { part, moments, keptBytes }: CombinedParts,
): Promise<RepeatedCombination> {
  const { needs } = request.combiner.definition
  const powers = remainingPowers(run, shards.length)
  const keep = totalPositions(shards) * 8 <= keptBytes
  const subPosteriors: ((skip?: number) => SubPosteriorDraws)[] = []
  for (const completed of shards) {
    const { shard, rows, chains } = completed
    const load = async (): Promise<readonly ChainDraws[]> =>
      part.draws(await withFullPrior(run, await Promise.all(chains.map(loadChain)), shard, shards.length), shard)
    const keepMoments: ShardDraws['keepMoments'] = fromDraws => moments.keep(completed, fromDraws)
    subPosteriors.push(await toSubPosterior({ shard, rows, parameters: part.parameters, powers, chains: load, keep, keepMoments }))
  }
  const evaluator = canEvaluate(run, needs)
    ? withinRounds(
        runEvaluator(
          run,
          shards.map(shard => shard.shard),
          evaluationBudget(shards),
        ),
        evaluationRounds(run) - 1,
      )
    : undefined
  const combine = (
    parts: { readonly log: Log; readonly evaluator: LogDensityEvaluator | undefined },
    skip?: number,
  ): Promise<CombinedDraws> =>
    askCombiner(
      run,
      { ...request, dimension: part.dimension },
      subPosteriors.map(of => of(skip)),
      parts,
    )

  const combined = await combine({ log: combinerLog(run), evaluator })
  if (combined.leftOut !== undefined) return { ...combined, leftOut: combined.leftOut }
  const leftOut: DrawMatrix[] = []
  if (needs.evaluator !== 'required' && combined.check === undefined) {
    const batches = shards.reduce((least, shard) => Math.min(least, drawsOf(shard)), BATCHES)
    for (let batch = 0; batch < batches; batch++) leftOut.push((await combine({ log: SILENT, evaluator: undefined }, batch)).draws)
  }
  return { ...combined, leftOut }
}

/** The powers of the run's plan; without some shards those of the others, whose draws are then raised to them. */
const remainingPowers = ({ record: { plan } }: ActiveRun, remaining: number): Powers =>
  remaining === plan.shards.length ? plan.powers : shardPowers(remaining)

/** Fewer shards with likelihoods to the power of all would make too narrow a posterior. */
function requireAllIfInflated({ record: { plan }, path }: ActiveRun, remaining: number): void {
  if (remaining === plan.shards.length || !areInflated(plan.powers)) return
  throw new ChoraleError(
    'CHORALE_COMBINE_POWERS',
    `${remaining} of ${plan.shards.length} shards succeeded, and inflated sub-posteriors can only be combined together`,
    { lookedIn: path, fix: 'chorale run --resume runs the failed chains again' },
  )
}

/** There is no density of the global parameters alone where shards have others. */
const canEvaluate = (run: ActiveRun, { evaluator }: CombinerNeeds): boolean =>
  !hasLocals(run.record.plan) && (evaluator === 'required' || (evaluator === 'optional' && evaluationRounds(run) > 1))

/** A position costs a gradient's work on every shard: so many that they cost a third of what sampling did, counted in gradients. */
function evaluationBudget(shards: readonly CompletedShard[]): number {
  const reports = shards.flatMap(shard => shard.reports)
  const gradients = reports.reduce((total, report) => total + (report ? report.warmup.gradients + report.sampling.gradients : Infinity), 0)
  return Math.floor(gradients / shards.length / 3)
}

const drawsOf = ({ chains }: CompletedShard): number => chains.reduce((total, { rows }) => total + rows, 0)

const totalPositions = (shards: readonly CompletedShard[]): number =>
  shards.reduce((total, shard) => total + drawsOf(shard) * shard.chains[0]!.dimension, 0)

/** Chains whose targets carry 1/remaining of the prior, as those of the remaining shards must. */
async function withFullPrior(
  run: ActiveRun,
  chains: readonly ChainDraws[],
  shard: number,
  remaining: number,
): Promise<readonly ChainDraws[]> {
  const planned = run.record.plan.shards.length
  if (remaining === planned) return chains
  const bound = await run.bindShard(shard)
  if (remaining > 1) return chains.map(chain => raisePrior(chain, bound, planned, remaining))
  return chains.map((chain, c) => reweightByPrior(chain, bound, planned, foldIn(resamplingKey(run), 1 + c)))
}

/** What a combiner warns of belongs to the result; it is heard once, not again for every standard error. */
const combinerLog = (run: ActiveRun): Log => ({
  info: (message, fields) => run.context.log.info(message, fields),
  warn: message => run.warn({ code: 'COMBINER', message }),
})
const SILENT: Log = { info: () => undefined, warn: () => undefined }
