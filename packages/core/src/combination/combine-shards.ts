import { foldIn, prngKey } from '@chorale/random'

import {
  ChoraleError,
  isChoraleError,
  type CombineContext,
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
import { combinedPart, withLocals } from './combined-part.js'
import { combinedTable } from './combined-table.js'
import { areInflated, shardPowers } from '../planning/shard-powers.js'
import { taskEvaluator } from '../execution/evaluator.js'
import { raisePrior, reweightByPrior } from './missing-shards.js'
import { BATCHES } from './moments.js'
import { pickRows, systematicResample } from './resample.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import type { Warning } from '../run-event.js'
import { shardDeterministics } from './shard-deterministics.js'
import { toSubPosterior } from './sub-posteriors.js'
import type { LocalsSummary, ParameterSummary } from '../pipeline/summary-schema.js'
import { hasLocals } from '../planning/local-parameters.js'

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
  /** Of a combiner that corrects its draws by the full-data log density. */
  readonly check?: ImportanceCheck | undefined
  /** Where shards have local parameters: how they were drawn after the combination, and how many draws. */
  readonly locals?: LocalsSummary
}

/**
 * Combines the sub-posteriors of the shards that succeeded into joint draws on the unconstrained scale, and summarises them on the constrained one. Standard
 * errors come from repeating the combination with one of 20 batches of every shard's draws left out.
 */
export async function combineShards(run: ActiveRun, shards: readonly CompletedShard[], request: CombinationRequest): Promise<Combination> {
  const { needs } = request.combiner.definition
  requireAllIfInflated(run, shards.length)
  const powers = remainingPowers(run, shards.length)
  const bound = await run.bindShard(shards[0]!.shard)
  const part = combinedPart(run, bound, shards.length)
  const keep = totalPositions(shards) * 8 <= KEPT_BYTES
  const subPosteriors: ((skip?: number) => SubPosteriorDraws)[] = []
  for (const { shard, rows, chains } of shards) {
    const load = async (): Promise<readonly ChainDraws[]> =>
      part.draws(await withFullPrior(run, await Promise.all(chains.map(loadChain)), shard, shards.length), shard)
    subPosteriors.push(await toSubPosterior({ shard, rows, parameters: part.parameters, powers, chains: load, keep }))
  }
  const evaluator = canEvaluate(run, needs)
    ? taskEvaluator(
        run,
        shards.map(shard => shard.shard),
        evaluationBudget(shards),
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

  const { draws, diagnostics = {}, check } = await combine({ log: combinerLog(run), evaluator })
  const leftOut: DrawMatrix[] = []
  if (needs.evaluator !== 'required' && check === undefined) {
    const batches = Math.min(BATCHES, ...shards.map(s => s.chains.reduce((total, chain) => total + chain.rows, 0)))
    for (let batch = 0; batch < batches; batch++) leftOut.push((await combine({ log: SILENT, evaluator: undefined }, batch)).draws)
  }
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
const canEvaluate = ({ backend, record }: ActiveRun, { evaluator }: CombinerNeeds): boolean =>
  !hasLocals(record.plan) && (evaluator === 'required' || (evaluator === 'optional' && backend.getCapabilities().interactive))

/** A position costs a gradient's work on every shard: so many that they cost a third of what sampling did, counted in gradients. */
function evaluationBudget(shards: readonly CompletedShard[]): number {
  const reports = shards.flatMap(shard => shard.reports)
  const gradients = reports.reduce((total, report) => total + (report ? report.warmup.gradients + report.sampling.gradients : Infinity), 0)
  return Math.floor(gradients / shards.length / 3)
}

const totalPositions = (shards: readonly CompletedShard[]): number =>
  shards.reduce((total, { chains }) => total + chains.reduce((values, { rows, dimension }) => values + rows * dimension, 0), 0)

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
  { combiner: { definition }, options, size, dimension }: CombinationRequest & { readonly dimension: number },
  shards: readonly SubPosteriorDraws[],
  { log, evaluator }: { readonly log: Log; readonly evaluator: LogDensityEvaluator | undefined },
): Promise<CombinedDraws> {
  const { signal } = run.context
  const context: CombineContext<CombinerNeeds, unknown> = {
    key: streamKey(run, COMBINE_STREAM),
    size,
    options,
    evaluator: evaluator as undefined,
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
  const problem = drawsProblem(combined, dimension)
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
