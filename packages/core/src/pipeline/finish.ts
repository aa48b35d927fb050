import type { Json } from '../contracts/index.js'
import type { CostRecord } from '../batch/cost/cost-record.js'
import { positionBlocks } from '../run-directory/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { CombinationRequest } from '../planning/choose-combiner.js'
import { globalParameters, hasLocals, shardDimension, shardParameters } from '../planning/local-parameters.js'
import { coordinateName } from '../model/parameter-names.js'
import { failuresOf } from '../gates/failures.js'
import { spoilsDraws } from '../gates/judge.js'
import { divergencesInWords, divergenceWarning, noticeableDivergences } from '../gates/noticeable-divergences.js'
import { gatesOfShards, heterogeneityGate, successGate, verificationGates } from '../gates/run-gates.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import type { ShardResult } from '../execution/shard-results.js'
import { singleShardTable } from '../combination/single-shard.js'
import { recordAskedPredictions } from '../results/record-asked-predictions.js'
import { recordPrior } from '../results/record-prior.js'
import { recordValues } from '../results/record-values.js'
import { heaviestTail, heavyTailInWords } from '../verification/heavy-tails.js'
import { claimOf, verdictOf } from '../verification/verdict.js'
import { reportGates, summariesOf, type JudgedGate } from './judged-gates.js'
import { requireEnoughShards } from './require-shards.js'
import { summaryOf, writeSummary, type SummaryFacts } from '../summary/summary.js'
import type { Summary } from '../summary/summary-schema.js'
import { verifyCombination, verifySingleShard } from './verify-combination.js'
import { writeCombination } from './write-combination.js'

/** How a run ended: its summary, and the gates of level `fail` that did not pass. */
export interface RunResult {
  readonly path: string
  readonly summary: Summary
  readonly failedGates: readonly string[]
  /** What its batch jobs have used. */
  readonly cost?: CostRecord
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
  const success = successGate(usable.length, shards.length, run.settings.combination.minSuccessRate)
  const ofShards = await reportGates(run, [...gatesOfShards(usable), success], { shards: usable })
  const { parameters, draws, diagnostics, heterogeneity, between, verification, check, locals } =
    shards.length === 1 ? await keepSingleShard(run, usable[0]!) : await combineAndVerify(run, usable, request!)
  const ofCombination = await judgeVerification(run, usable, { verification, check, diagnostics })
  const combiner = shards.length === 1 ? 'none' : request!.combiner.definition.name
  const diverged = 'skipped' in verification && check === undefined ? noticeableDivergences(usable) : undefined
  if (diverged && run.settings.validation.levels.divergences !== 'off') {
    run.warn(await divergenceWarning(diverged, { record: run.record, settings: run.settings, shards: usable }))
  }
  const verdict = verdictOf({
    shards: shards.length,
    missingShards: shards.length - usable.length,
    combiner: chosenBy(diagnostics) ?? combiner,
    approximation: run.sampler.approximate === true ? run.sampler.name : undefined,
    unconverged: convergenceFailures(usable),
    diverged: diverged && divergencesInWords(diverged),
    heavyTail: shards.length === 1 && run.sampler.approximate !== true ? await heavyTailOf(run, usable[0]!) : undefined,
    shortOfEss: shortOfEss(usable),
    verification,
    check,
    claim: claimOf(diagnostics),
  })
  const gates = summariesOf(run, [...ofShards, ...between, ...ofCombination], verdict)
  const summary = summaryOf(run, {
    combiner,
    shards,
    parameters,
    heterogeneity,
    verification,
    check,
    locals,
    diagnostics: shards.length === 1 ? undefined : diagnostics,
    verdict,
    gates,
  })
  await writeCombination(run, combiner, draws, diagnostics)
  const done = usable.map(({ shard }) => shard)
  for (const damaged of await recordValues(run, combiner, done)) run.context.log.warn(`no values for exports: ${damaged}`)
  await recordPrior(run, done[0]!)
  const predictions = becomesResult ? await recordAskedPredictions(run, combiner, done) : []
  // What goes wrong with predictions is warned of after the rest was put together.
  const whole: Summary = { ...summary, ...(predictions.length > 0 ? { predictions: [...predictions] } : {}), warnings: [...run.warnings()] }
  await writeSummary(run.path, whole, becomesResult)
  return { path: run.path, summary: whole, failedGates: failuresOf(gates) }
}

/** Gates that make the draws themselves doubtful; few but valid draws, and trajectories that were cut short, only cost precision. */
function convergenceFailures(shards: readonly CompletedShard[]): readonly string[] {
  const failures = shards.flatMap(({ gates }) => gates.filter(gate => !gate.passed && spoilsDraws(gate)))
  const codes = [...new Set(failures.map(({ code }) => code))]
  return codes.map(code => {
    const ids = failures.filter(failure => failure.code === code).map(({ shard }) => shard)
    return `${code} of ${ids.length === 1 ? 'shard' : 'shards'} ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', ...' : ''}`
  })
}

/** The smallest effective sample size, where a gate on it did not pass. */
function shortOfEss(shards: readonly CompletedShard[]): number | undefined {
  const short = shards.filter(({ gates }) => gates.some(({ code, passed }) => !passed && (code === 'ESS_BULK' || code === 'ESS_TAIL')))
  return short.length === 0 ? undefined : Math.min(...short.map(({ health }) => Math.min(health.essBulkMin, health.essTailMin)))
}

async function heavyTailOf({ record: { plan } }: ActiveRun, shard: CompletedShard): Promise<string | undefined> {
  const found = await heaviestTail(shard, shardDimension(plan, shard.shard))
  return found && heavyTailInWords(found, coordinateName(shardParameters(plan, shard.shard), found.coordinate))
}

const NOTHING_REPORTED: Readonly<Record<string, Json>> = {}

async function keepSingleShard(run: ActiveRun, shard: CompletedShard) {
  return {
    parameters: await singleShardTable(await run.bindShard(shard.shard), shard, warning => run.warn(warning)),
    draws: positionBlocks(shard.chains),
    diagnostics: NOTHING_REPORTED,
    heterogeneity: undefined,
    between: [],
    verification: await verifySingleShard(run, shard),
    check: undefined,
    locals: undefined,
  }
}

async function combineAndVerify(run: ActiveRun, shards: readonly CompletedShard[], request: CombinationRequest) {
  const { heterogeneity, between } = await compareShards(run, shards)
  run.stopwatch.enter('combination')
  run.observe({ type: 'stage', stage: 'combine', detail: `${shards.length} shards by ${request.combiner.definition.name}` })
  const { combineShards } = await import('../combination/combine-shards.js')
  const { draws, parameters, diagnostics, check, locals } = await combineShards(run, shards, request)
  run.stopwatch.enter()
  const verification =
    check && check.doubt === undefined
      ? { skipped: `"${request.combiner.definition.name}" has checked its draws itself` }
      : await verifyCombination(run, shards, draws)
  return { parameters, draws: [draws.values], diagnostics, heterogeneity, between, verification, check, locals }
}

async function compareShards(run: ActiveRun, shards: readonly CompletedShard[]) {
  const nothing: readonly JudgedGate[] = []
  if (run.settings.validation.heterogeneity === 'off' || shards.length < 2) return { heterogeneity: undefined, between: nothing }
  const { plan } = run.record
  const parametersOf = hasLocals(plan) ? (shard: number) => shardParameters(plan, shard) : undefined
  const { shardHeterogeneity } = await import('../gates/shard-heterogeneity.js')
  const heterogeneity = await shardHeterogeneity(shards, plan.powers.likelihood, parametersOf)
  const gate = heterogeneityGate(
    heterogeneity,
    shards.map(({ shard }) => shard),
  )
  return { heterogeneity, between: await reportGates(run, [gate], { shards, heterogeneity }) }
}

/** The check of a combiner has a shift, too: a correction that its draws have had. */
async function judgeVerification(
  run: ActiveRun,
  shards: readonly CompletedShard[],
  { verification, check, diagnostics }: Pick<SummaryFacts, 'verification' | 'check' | 'diagnostics'>,
): Promise<readonly JudgedGate[]> {
  const measured = 'skipped' in verification ? check && { paretoK: check.paretoK, kThreshold: check.kThreshold } : verification
  if (!measured) return []
  const { parameters } = run.record.plan
  const combined = hasLocals(run.record.plan) ? globalParameters(parameters) : parameters
  const gates = verificationGates(measured, run.settings.validation, coordinate => coordinateName(combined, coordinate))
  return reportGates(run, gates, { shards, diagnostics })
}

/** What merged the shards is what a combiner has chosen, where it chooses. */
const chosenBy = ({ chosen }: Readonly<Record<string, Json>>): string | undefined => (typeof chosen === 'string' ? chosen : undefined)
