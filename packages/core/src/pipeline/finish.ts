import { join } from 'node:path'

import type { Heterogeneity } from '@chorale/diagnostics'
import { foldIn, prngKey } from '@chorale/random'

import { ChoraleError, encodeRows, encodeRowsHeader, isChoraleError, type DrawMatrix, type Json } from '../contracts/index.js'
import { optionsOf, type PluginRegistry } from '../plugins/index.js'
import { layout, makeDirectory, replaceFile, toJsonText } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import { combineShards, VERIFY_STREAM, type CombinationRequest } from './combine-shards.js'
import { taskEvaluator } from './evaluator.js'
import { contradictory, shardHeterogeneity } from './shard-heterogeneity.js'
import type { CompletedShard, ShardResult } from './shard-results.js'
import { singleShardTable } from './single-shard.js'
import { concatenate } from './sub-posteriors.js'
import { summaryOf, writeSummary } from './summary.js'
import type { Summary } from './summary-schema.js'
import { verdictOf } from './verdict.js'
import { verificationDraws, verify, type Verification } from './verify.js'

/** How a run ended: its summary, and the gates of level `fail` that did not pass. */
export interface RunResult {
  readonly path: string
  readonly summary: Summary
  readonly failedGates: readonly string[]
}

/** What a combination is made with, by name: of the settings, or of `chorale combine`. */
export interface CombinerChoice {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly draws: number
}

/** Looks the combiner up and checks its options: before sampling, so that a typo does not cost hours. */
export async function findCombiner(registry: PluginRegistry, { name, options, draws }: CombinerChoice): Promise<CombinationRequest> {
  const combiner = await registry.find('combiner', name)
  return { combiner, options: optionsOf(combiner, options), size: draws }
}

/** From sampled shards to the summary: success rate, gates, heterogeneity, combination, verification, verdict. */
export async function finishRun(run: ActiveRun, shards: readonly ShardResult[], request: CombinationRequest): Promise<RunResult> {
  const usable = shards.filter(shard => shard.status === 'completed')
  requireEnoughShards(run, shards, usable)
  const failedGates = reportGates(run, usable)
  const { parameters, draws, diagnostics, heterogeneity, verification } =
    shards.length === 1 ? await keepSingleShard(run, usable[0]!) : await combineAndVerify(run, usable, request, failedGates)
  const verdict = verdictOf({
    shards: shards.length,
    missingShards: shards.length - usable.length,
    unconverged: convergenceFailures(usable),
    verification,
  })
  const combiner = shards.length === 1 ? 'none' : request.combiner.definition.name
  const summary = summaryOf(run, { combiner, shards, parameters, heterogeneity, verification, verdict })
  await writeCombination(run.path, combiner, draws, diagnostics)
  await writeSummary(run.path, summary)
  return { path: run.path, summary, failedGates }
}

function requireEnoughShards(run: ActiveRun, shards: readonly ShardResult[], usable: readonly CompletedShard[]): void {
  const limit = run.settings.combination.minSuccessRate
  const rate = usable.length / shards.length
  if (usable.length > 0 && rate >= limit) return
  const failures = shards.filter(shard => shard.status === 'failed')
  const causes = [...new Set(failures.map(shard => `${shard.failure.code}: ${shard.failure.message}`))]
  const what = `${usable.length} of ${shards.length} shards succeeded`
  if (usable.length === 0) {
    throw new ChoraleError('CHORALE_NO_USABLE_SHARD', `No shard succeeded. ${causes.slice(0, 3).join('; ')}`, {
      lookedIn: run.path,
      fix: 'mend the cause; chorale run --resume runs the failed chains again',
    })
  }
  throw new ChoraleError('CHORALE_SUCCESS_RATE', `${what}; the limit is ${limit * 100} %. ${causes.slice(0, 3).join('; ')}`, {
    lookedIn: run.path,
    fix: `mend the cause and chorale run --resume; or accept the posterior of the remaining rows: combination.minSuccessRate: ${Math.floor(rate * 10_000) / 10_000}`,
  })
}

/** Reports what did not pass and returns it if the level is `fail`. */
function reportGates(run: ActiveRun, shards: readonly CompletedShard[]): string[] {
  const failures = shards.flatMap(shard => shard.gateFailures)
  for (const { code, message } of failures) run.warn({ code, message })
  return run.settings.validation.level === 'fail' ? failures.map(({ message }) => message) : []
}

/** Gates that make the draws themselves doubtful; few but valid draws only widen the standard errors. */
function convergenceFailures(shards: readonly CompletedShard[]): readonly string[] {
  const failures = shards.flatMap(shard => shard.gateFailures).filter(({ code }) => code !== 'ESS' && code !== 'TREE_DEPTH')
  const codes = [...new Set(failures.map(({ code }) => code))]
  return codes.map(code => {
    const ids = failures.filter(failure => failure.code === code).map(({ shard }) => shard)
    return `${code} of ${ids.length === 1 ? 'shard' : 'shards'} ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', ...' : ''}`
  })
}

async function keepSingleShard(run: ActiveRun, shard: CompletedShard) {
  const { draws, dimension, positions } = concatenate(shard.chains)
  return {
    parameters: singleShardTable(await run.bindShard(shard.shard), shard),
    draws: { draws, dimension, values: positions },
    diagnostics: {},
    heterogeneity: undefined,
    verification: { skipped: 'one shard: nothing was combined' },
  }
}

async function combineAndVerify(run: ActiveRun, shards: readonly CompletedShard[], request: CombinationRequest, failedGates: string[]) {
  const heterogeneity = checkHeterogeneity(run, shards, failedGates)
  run.observe({ type: 'stage', stage: 'combine', detail: `${shards.length} shards by ${request.combiner.definition.name}` })
  const { draws, parameters, diagnostics } = await combineShards(run, shards, request)
  return { parameters, draws, diagnostics, heterogeneity, verification: await verifyCombination(run, shards, draws) }
}

function checkHeterogeneity(run: ActiveRun, shards: readonly CompletedShard[], failedGates: string[]) {
  const level = run.settings.validation.heterogeneity
  if (level === 'off' || shards.length < 2) return undefined
  const found = shardHeterogeneity(shards)
  if (contradictory(found)) {
    const message = disagreement(found)
    run.warn({ code: 'HETEROGENEITY', message })
    if (level === 'fail') failedGates.push(message)
  }
  return found
}

function disagreement({ q, df, i2, unusable }: Heterogeneity): string {
  if (unusable.length > 0 || Number.isNaN(q)) {
    return `whether the shards disagree cannot be told: too few effective draws of shard ${unusable.join(', ') || '(all)'} (sampling.draws)`
  }
  return `the shards disagree by more than their posteriors allow (Q ${q.toFixed(0)} on ${df}, I2 ${i2.toFixed(2)}): look for chains that did not converge, rows that are not in random order (sharding.strategy), or a model that does not fit`
}

async function verifyCombination(
  run: ActiveRun,
  shards: readonly CompletedShard[],
  draws: DrawMatrix,
): Promise<Verification | { readonly skipped: string }> {
  const { enabled, draws: wanted } = run.settings.verification
  if (!enabled) return { skipped: 'verification.enabled is false' }
  if (!run.backend.getCapabilities().interactive)
    return { skipped: `the backend "${run.backend.name}" starts tasks too slowly for evaluations` }
  const size = wanted ?? verificationDraws(draws.dimension)
  run.observe({ type: 'stage', stage: 'verify', detail: `full-data log density at ${size} positions` })
  const evaluator = taskEvaluator(
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

async function writeCombination(
  run: string,
  combination: string,
  { dimension, values }: DrawMatrix,
  diagnostics: Readonly<Record<string, Json>>,
): Promise<void> {
  const folder = layout.resultsDirectory(run, combination)
  await makeDirectory(folder)
  const bytes = Buffer.concat([encodeRowsHeader(Array.from({ length: dimension }, (_, i) => `x${i}`)), encodeRows(values)])
  await replaceFile(join(folder, 'draws.bin'), bytes, { sync: 'full' })
  await replaceFile(join(folder, 'diagnostics.json'), toJsonText({ format: 1, ...diagnostics }), { sync: 'full' })
}
