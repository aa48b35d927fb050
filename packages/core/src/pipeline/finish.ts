import { join } from 'node:path'

import type { Heterogeneity } from '@chorale/diagnostics'
import { foldIn, prngKey } from '@chorale/random'

import { ChoraleError, isChoraleError, type DrawMatrix, type Json } from '../contracts/index.js'
import { RESOURCES } from '../errors/code-table.js'
import { encodeBlocks, layout, loadPositions, makeDirectory, positionBlocks, replaceFile, toJsonText } from '../run-directory/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { CombinationRequest } from '../planning/choose-combiner.js'
import { globalCoordinates, hasLocals, shardParameters } from '../planning/local-parameters.js'
import { gateMessages } from '../gates/gates.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import type { FailedShard, ShardResult } from '../execution/shard-results.js'
import { singleShardTable } from '../combination/single-shard.js'
import { recordValues } from '../results/record-values.js'
import { summaryOf, writeSummary } from './summary.js'
import type { Summary } from './summary-schema.js'
import { claimOf, verdictOf } from '../verification/verdict.js'
import type { Verification } from '../verification/verify.js'

/** Keys of a run's own randomness lie apart from those of its chains, whose first fold is a shard's number. */
const VERIFY_STREAM = 0xc0_0001

/** How a run ended: its summary, and the gates of level `fail` that did not pass. */
export interface RunResult {
  readonly path: string
  readonly summary: Summary
  readonly failedGates: readonly string[]
}

/**
 * From sampled shards to the summary: success rate, gates, heterogeneity, combination, verification, verdict. One shard needs no `request`; its draws are
 * kept as they are. `becomesResult`: whether the run's own summary is replaced, or only that of this combination.
 */
export async function finishRun(
  run: ActiveRun,
  shards: readonly ShardResult[],
  { request, becomesResult = true }: { readonly request: CombinationRequest | undefined; readonly becomesResult?: boolean },
): Promise<RunResult> {
  run.stopwatch.enter()
  const usable = shards.filter(shard => shard.status === 'completed')
  requireEnoughShards(run, shards, usable)
  const failedGates = reportGates(run, usable)
  const { parameters, draws, diagnostics, heterogeneity, verification, check, locals } =
    shards.length === 1 ? await keepSingleShard(run, usable[0]!) : await combineAndVerify(run, usable, request!)
  const combiner = shards.length === 1 ? 'none' : request!.combiner.definition.name
  const verdict = verdictOf({
    shards: shards.length,
    missingShards: shards.length - usable.length,
    combiner: chosenBy(diagnostics) ?? combiner,
    approximation: run.sampler.approximate === true ? run.sampler.name : undefined,
    unconverged: convergenceFailures(usable),
    shortOfEss: shortOfEss(usable),
    verification,
    check,
    claim: claimOf(diagnostics),
  })
  if (heterogeneity?.message !== undefined && run.settings.validation.heterogeneity === 'fail' && verdict !== 'exact') {
    failedGates.push(heterogeneity.message)
  }
  const summary = summaryOf(run, {
    combiner,
    shards,
    parameters,
    heterogeneity: heterogeneity?.found,
    verification,
    check,
    locals,
    diagnostics: shards.length === 1 ? undefined : diagnostics,
    verdict,
  })
  await writeCombination(run, combiner, draws, diagnostics)
  const done = usable.map(({ shard }) => shard)
  for (const damaged of await recordValues(run, combiner, done)) run.context.log.warn(`no values for exports: ${damaged}`)
  await writeSummary(run.path, summary, becomesResult)
  return { path: run.path, summary, failedGates }
}

function requireEnoughShards(run: ActiveRun, shards: readonly ShardResult[], usable: readonly CompletedShard[]): void {
  const limit = run.settings.combination.minSuccessRate
  const rate = usable.length / shards.length
  if (usable.length > 0 && rate >= limit) return
  const failures = shards.filter(shard => shard.status === 'failed')
  const causes = [...new Set(failures.map(shard => `${shard.failure.code}: ${shard.failure.message}`))]
  const what = `${usable.length} of ${shards.length} shards succeeded`
  requireResources(run, failures, what)
  if (usable.length === 0) {
    throw new ChoraleError('CHORALE_NO_USABLE_SHARD', `No shard succeeded. ${causes.slice(0, 3).join('; ')}`, {
      lookedIn: run.path,
      fix: wayOut(failures),
    })
  }
  throw new ChoraleError('CHORALE_SUCCESS_RATE', `${what}; the limit is ${limit * 100} %. ${causes.slice(0, 3).join('; ')}`, {
    lookedIn: run.path,
    fix: `${wayOut(failures)}; or accept the posterior of the remaining rows: combination.minSuccessRate: ${Math.floor(rate * 10_000) / 10_000}`,
  })
}

/** A full disk is a full disk, however many shards it stopped: the model and the data are not to blame, and the exit code says so. */
function requireResources({ path }: ActiveRun, failures: readonly FailedShard[], what: string): void {
  const failure = failures.map(shard => shard.failure).find(({ code }) => code in RESOURCES)
  if (!failure) return
  throw new ChoraleError(failure.code as `CHORALE_${string}`, `${what}. ${failure.message}`, {
    lookedIn: path,
    fix: `free space or memory, or raise its limit, then: chorale run --resume ${path}`,
  })
}

/** A resume runs the code that was bundled with the plan: a mended model needs a new run. */
const wayOut = (failures: readonly FailedShard[]): string =>
  failures.some(({ failure }) => failure.cause === 'model' || failure.cause === 'start')
    ? 'mend the model and start a new run: chorale run'
    : 'mend the cause; chorale run --resume runs the failed chains again'

/** Reports what did not pass, a line a gate, and returns the lines if the level is `fail`. */
function reportGates(run: ActiveRun, shards: readonly CompletedShard[]): string[] {
  const messages = gateMessages(
    shards.flatMap(shard => shard.gateFailures),
    shards.length,
  )
  for (const warning of messages) run.warn(warning)
  return run.settings.validation.level === 'fail' ? messages.map(({ message }) => message) : []
}

/** Gates that make the draws themselves doubtful; few but valid draws, and trajectories that were cut short, only cost precision. */
function convergenceFailures(shards: readonly CompletedShard[]): readonly string[] {
  const failures = shards.flatMap(shard => shard.gateFailures).filter(({ code }) => code !== 'ESS' && code !== 'TREE_DEPTH')
  const codes = [...new Set(failures.map(({ code }) => code))]
  return codes.map(code => {
    const ids = failures.filter(failure => failure.code === code).map(({ shard }) => shard)
    return `${code} of ${ids.length === 1 ? 'shard' : 'shards'} ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', ...' : ''}`
  })
}

/** The smallest effective sample size, where the gate on it failed. */
function shortOfEss(shards: readonly CompletedShard[]): number | undefined {
  const short = shards.filter(shard => shard.gateFailures.some(({ code }) => code === 'ESS'))
  return short.length === 0 ? undefined : Math.min(...short.map(({ health }) => Math.min(health.essBulkMin, health.essTailMin)))
}

const NOTHING_REPORTED: Readonly<Record<string, Json>> = {}

async function keepSingleShard(run: ActiveRun, shard: CompletedShard) {
  return {
    parameters: await singleShardTable(await run.bindShard(shard.shard), shard, warning => run.warn(warning)),
    draws: positionBlocks(shard.chains),
    diagnostics: NOTHING_REPORTED,
    heterogeneity: undefined,
    verification: await verifySingleShard(run, shard),
    check: undefined,
    locals: undefined,
  }
}

/** Draws of the posterior itself need no check; those of an approximation do. */
async function verifySingleShard(run: ActiveRun, shard: CompletedShard): ReturnType<typeof verifyCombination> {
  if (!run.sampler.approximate) return { skipped: 'one shard: nothing was combined' }
  return verifyCombination(run, [shard], await loadPositions(shard.chains, shard.health.thinned))
}

async function combineAndVerify(run: ActiveRun, shards: readonly CompletedShard[], request: CombinationRequest) {
  const heterogeneity = await checkHeterogeneity(run, shards)
  run.stopwatch.enter('combination')
  run.observe({ type: 'stage', stage: 'combine', detail: `${shards.length} shards by ${request.combiner.definition.name}` })
  const { combineShards } = await import('../combination/combine-shards.js')
  const { draws, parameters, diagnostics, check, locals } = await combineShards(run, shards, request)
  run.stopwatch.enter()
  const verification =
    check && check.doubt === undefined
      ? { skipped: `"${request.combiner.definition.name}" has checked its draws itself` }
      : await verifyCombination(run, shards, draws)
  return { parameters, draws: [draws.values], diagnostics, heterogeneity, verification, check, locals }
}

/** `message`: where shards disagree. Many rows make any misspecification significant while their combination stays right: what it means depends on the verdict. */
async function checkHeterogeneity(run: ActiveRun, shards: readonly CompletedShard[]) {
  if (run.settings.validation.heterogeneity === 'off' || shards.length < 2) return undefined
  const { plan } = run.record
  const parametersOf = hasLocals(plan) ? (shard: number) => shardParameters(plan, shard) : undefined
  const { contradictory, shardHeterogeneity } = await import('../gates/shard-heterogeneity.js')
  const found = await shardHeterogeneity(shards, plan.powers.likelihood, parametersOf)
  if (!contradictory(found)) return { found, message: undefined }
  const message = disagreement(found)
  run.warn({ code: 'HETEROGENEITY', message })
  return { found, message }
}

function disagreement({ q, df, i2, unusable }: Heterogeneity): string {
  if (unusable.length > 0 || Number.isNaN(q)) {
    return `whether the shards disagree cannot be told: too few effective draws of shard ${unusable.join(', ') || '(all)'} (sampling.draws)`
  }
  return `the shards disagree by more than their posteriors allow (Q ${q.toFixed(0)} on ${df}, I2 ${i2.toFixed(2)}): look for chains that did not converge, rows that are not in random order (sharding.strategy), or a model that does not fit`
}

/** What merged the shards is what a combiner has chosen, where it chooses. */
const chosenBy = ({ chosen }: Readonly<Record<string, Json>>): string | undefined => (typeof chosen === 'string' ? chosen : undefined)

async function verifyCombination(
  run: ActiveRun,
  shards: readonly CompletedShard[],
  draws: DrawMatrix,
): Promise<Verification | { readonly skipped: string }> {
  const { enabled, draws: wanted } = run.settings.verification
  if (!enabled) return { skipped: 'verification.enabled is false' }
  if (hasLocals(run.record.plan)) return { skipped: 'with local parameters there is no density of the global ones alone' }
  const [{ verificationDraws, verify }, { answersSoon, runEvaluator }] = await Promise.all([
    import('../verification/verify.js'),
    import('../execution/evaluator.js'),
  ])
  if (!answersSoon(run)) return { skipped: `the backend "${run.backend.name}" starts tasks too slowly for evaluations` }
  const size = wanted ?? verificationDraws(draws.dimension)
  run.stopwatch.enter('verification')
  run.observe({ type: 'stage', stage: 'verify', detail: `full-data log density at ${size} positions` })
  const evaluator = runEvaluator(
    run,
    shards.map(shard => shard.shard),
  )
  try {
    return await verify(draws, evaluator, { size, key: foldIn(prngKey(run.record.seed), VERIFY_STREAM), signal: run.context.signal })
  } catch (error) {
    if (!isChoraleError(error) || error.code === 'CHORALE_NOT_REPRODUCIBLE' || run.context.signal.aborted) throw error
    run.warn({ code: 'NOT_VERIFIED', message: error.message })
    return { skipped: error.message }
  }
}

/** `draws`: whole rows of coordinates, some at a time. */
async function writeCombination(
  { path, record }: ActiveRun,
  combination: string,
  draws: AsyncIterable<Float64Array> | Iterable<Float64Array>,
  diagnostics: Readonly<Record<string, Json>>,
): Promise<void> {
  const folder = layout.resultsDirectory(path, combination)
  await makeDirectory(folder)
  const { plan } = record
  const width = hasLocals(plan) ? globalCoordinates(plan.parameters).length : plan.dimension
  const columns = Array.from({ length: width }, (_, i) => `x${i}`)
  await Promise.all([
    replaceFile(join(folder, 'draws.bin'), encodeBlocks(columns, draws), { sync: 'full' }),
    replaceFile(join(folder, 'diagnostics.json'), toJsonText({ format: 1, ...diagnostics }), { sync: 'full' }),
  ])
}
