import { isChoraleError } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import { askedPredictions } from '../planning/plan-predictions.js'
import type { PredictionSummary } from '../summary/summary-schema.js'
import { spaceOf } from '../planning/prediction-space.js'

/**
 * Computes for every row what the settings ask for, at the end of a run. The result stands without it: what goes wrong is warned of.
 * `combination`: `none` for a run with one shard. Returns what became of each kind that was asked for.
 */
export async function recordAskedPredictions(
  run: ActiveRun,
  combination: string,
  shards: readonly number[],
): Promise<readonly PredictionSummary[]> {
  const { predictionDraws: draws } = run.settings.output
  const space = spaceOf(run.settings.output)
  const kinds = askedPredictions(run.settings)
  if (kinds.length === 0) return []
  const { recordPredictions } = await import('./record-predictions.js')
  const found: PredictionSummary[] = []
  for (const kind of kinds) {
    run.observe({ type: 'stage', stage: 'predict', detail: DETAILS[kind] })
    try {
      found.push({ kind, ...(await recordPredictions(run, { kind, combination, shards, draws, space, signal: run.context.signal })) })
    } catch (error) {
      if (!isChoraleError(error)) throw error
      run.warn({ code: 'NOT_PREDICTED', message: error.message })
      found.push({ kind, draws: 0, rows: 0, why: error.message })
    }
  }
  return found
}

const DETAILS = { logLikelihood: 'the log likelihood of each row', predictive: 'simulated data' } as const
