import { join } from 'node:path'

import type { Heterogeneity } from '@chorale/diagnostics'

import { ONCE } from '../check-once.js'
import type { ChainReport, ImportanceCheck, Json } from '../contracts/index.js'
import { PLAIN_SUMMARY } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import { layout, makeDirectory, replaceFile, toJsonText } from '../run-directory/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { ShardResult } from '../execution/shard-results.js'
import {
  summarySchema,
  type ChainReportSummary,
  type GateSummary,
  type LocalsSummary,
  type ParameterSummary,
  type ShardSummary,
  type Summary,
} from './summary-schema.js'
import type { Verification } from '../verification/verify.js'

export interface SummaryFacts {
  readonly combiner: string
  readonly shards: readonly ShardResult[]
  readonly parameters: Readonly<Record<string, ParameterSummary>>
  readonly heterogeneity: Heterogeneity | undefined
  readonly verification: Verification | { readonly skipped: string }
  /** Of a combiner that has checked its draws itself. */
  readonly check?: ImportanceCheck | undefined
  readonly locals?: LocalsSummary | undefined
  /** What the combiner reports; left out of one shard. */
  readonly diagnostics?: Readonly<Record<string, Json>> | undefined
  readonly verdict: string
  readonly gates: readonly GateSummary[]
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

export function summaryOf(run: ActiveRun, facts: SummaryFacts): Summary {
  const used = facts.shards.filter(shard => shard.status === 'completed').reduce((total, shard) => total + shard.rows, 0)
  const { verification, check } = facts
  return {
    format: 1,
    run: run.record.id,
    backend: run.record.plan.backend,
    sampler: run.settings.sampling.name,
    combiner: facts.combiner,
    shards: facts.shards.map(shard => shardSummary(shard, run.record.plan.chains)),
    parameters: facts.parameters,
    rows: { used, total: run.record.data.rows.used },
    ...(facts.locals ? { locals: facts.locals } : {}),
    heterogeneity: facts.heterogeneity
      ? {
          q: orNull(facts.heterogeneity.q),
          degreesOfFreedom: facts.heterogeneity.df,
          pValue: orNull(facts.heterogeneity.pValue),
          i2: orNull(facts.heterogeneity.i2),
        }
      : null,
    ...(facts.diagnostics ? { diagnostics: plainJson(facts.diagnostics) } : {}),
    verification: verificationSummary(verification, check, facts.verdict),
    gates: [...facts.gates],
    warnings: [...run.warnings()],
    timings: run.stopwatch.timings(),
  }
}

/** JSON has no NaN: a combiner of anybody's may report one. */
const plainJson = (values: Readonly<Record<string, Json>>): Record<string, Json> =>
  JSON.parse(JSON.stringify(values)) as Record<string, Json>

/** The run's own check of a combination, or that of a combiner that has checked its draws itself. */
function verificationSummary(
  verification: SummaryFacts['verification'],
  check: ImportanceCheck | undefined,
  verdict: string,
): Summary['verification'] {
  if (!('skipped' in verification)) {
    const { paretoK, kThreshold, weightEss, draws, shift } = verification
    const maxShift = Math.max(...shift.map(Math.abs))
    return { paretoK: orNull(paretoK), kThreshold, weightEss: orNull(weightEss), positions: draws, maxShift: orNull(maxShift), verdict }
  }
  if (!check) return { paretoK: null, kThreshold: null, weightEss: null, positions: null, maxShift: null, verdict }
  const { paretoK, kThreshold, weightEss, positions, coverage, shift } = check
  return {
    paretoK: orNull(paretoK),
    kThreshold: orNull(kThreshold),
    weightEss: orNull(weightEss),
    positions,
    coverage: coverage === null ? null : orNull(coverage),
    maxShift: orNull(shift ?? NaN),
    verdict,
  }
}

function shardSummary(shard: ShardResult, chains: number): ShardSummary {
  const base = {
    id: shard.shard,
    status: shard.status,
    attempts: shard.attempts,
    restarts: shard.restarts,
    rows: shard.rows,
    chains,
    restarted: [...shard.restarted],
    seconds: shard.seconds,
  }
  if (shard.status === 'failed') {
    return { ...base, divergences: null, rhatMax: null, essBulkMin: null, ebfmiMin: null, thinnedForDiagnostics: 1, chainReports: [] }
  }
  const { divergences, rhatMax, essBulkMin, ebfmiMin, thinned } = shard.health
  return {
    ...base,
    divergences: orNull(divergences),
    rhatMax: orNull(rhatMax),
    essBulkMin: orNull(essBulkMin),
    ebfmiMin: orNull(ebfmiMin),
    thinnedForDiagnostics: thinned,
    chainReports: shard.reports.flatMap((report, chain) => (report ? [chainReport(chain, report)] : [])),
  }
}

const chainReport = (chain: number, { warmup, sampling, stepSize, metric }: ChainReport): ChainReportSummary => ({
  chain,
  warmup,
  sampling,
  stepSize: orNull(stepSize ?? NaN),
  metric: metric?.kind ?? null,
})

/** Writes a summary for its combination and, where it becomes the run's result, as the run's `summary.json`. */
export async function writeSummary(run: string, summary: Summary, becomesResult: boolean): Promise<void> {
  const text = toJsonText(isPlainlyValid(PLAIN_SUMMARY, summary) ? summary : summarySchema().parse(summary, ONCE))
  const folder = layout.resultsDirectory(run, summary.combiner)
  await makeDirectory(folder)
  const paths = [join(folder, 'summary.json'), ...(becomesResult ? [layout.summaryFile(run)] : [])]
  await Promise.all(paths.map(path => replaceFile(path, text, { sync: 'full' })))
}
