import { systemClock } from '../clock.js'
import { ChoraleError, isChoraleError } from '../contracts/index.js'
import { readSummary } from '../summary/read-summary.js'
import { spaceOf } from '../planning/prediction-space.js'
import { acquireDriverLease, layout } from '../run-directory/index.js'
import { parseSettings } from '../settings/parse.js'
import { openModel } from './open-model.js'
import { PREDICTION_KINDS, type PredictionKind } from './predictions-record.js'
import { recordPredictions } from './record-predictions.js'

export interface PredictOptions {
  /** Default: both. */
  readonly kinds?: readonly PredictionKind[]
  /** Draws at which they are computed, evenly spaced. Default: as the settings of the run say. */
  readonly draws?: number
  /** Bytes that each of them may take. Default: as the settings of the run say. */
  readonly space?: number
  /** Load the run's code although others can write it. Default false. */
  readonly trustRun?: boolean
  /** Ends it; what was recorded before stays. */
  readonly signal?: AbortSignal
}

/** What was computed and written. */
export interface RecordedPredictions {
  readonly kind: PredictionKind
  /** Of all chains together. */
  readonly draws: number
  readonly rows: number
  /** Why there are none; draws and rows are 0 then. */
  readonly why?: string
}

/**
 * Computes the log likelihood of each row, and data simulated from the model, at draws of the posterior of a run that has come to its end, and writes them into its
 * folder for `open` and for exports. Runs the code of the run. Where `kinds` does not ask for any, what the model cannot compute is named in the result, as long as it can
 * compute the other.
 * @throws ChoraleError `CHORALE_NO_DRAWS` for a run without a summary, `CHORALE_RUN_BUSY`, `CHORALE_PREDICTIONS_UNAVAILABLE`, `CHORALE_PREDICTIONS_TOO_LARGE`,
 * and what `recordRunValues` throws
 */
export async function predictRun(path: string, options: PredictOptions = {}): Promise<readonly RecordedPredictions[]> {
  const { kinds: named, trustRun = false, signal = new AbortController().signal } = options
  const run = await openModel(path, { trustRun })
  const summary = await readSummary(layout.summaryFile(run.path))
  if (!summary) {
    throw new ChoraleError('CHORALE_NO_DRAWS', `Run ${run.record.id} has not come to its end.`, {
      lookedIn: run.path,
      fix: `chorale run --resume ${run.path} finishes it`,
    })
  }
  const { output } = parseSettings(run.record.settings as object, 'run.json')
  const asked = { draws: options.draws ?? output.predictionDraws, space: options.space ?? spaceOf(output), signal }
  const shards = summary.shards.filter(({ status }) => status === 'completed').map(({ id }) => id)
  const lease = await acquireDriverLease(run.path, { clock: systemClock, takeOver: 'whenGone', signal })
  try {
    const recorded: RecordedPredictions[] = []
    let refused: unknown
    for (const kind of named ?? PREDICTION_KINDS) {
      try {
        recorded.push({ kind, ...(await recordPredictions(run, { kind, combination: summary.combiner, shards, ...asked })) })
      } catch (error) {
        if (named || !isChoraleError(error) || error.code !== 'CHORALE_PREDICTIONS_UNAVAILABLE') throw error
        refused = error
        recorded.push({ kind, draws: 0, rows: 0, why: error.message })
      }
    }
    if (recorded.every(({ why }) => why !== undefined)) throw refused
    return recorded
  } finally {
    await lease.release()
  }
}
