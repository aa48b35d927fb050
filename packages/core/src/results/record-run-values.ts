import { layout } from '../run-directory/index.js'
import { readSummary } from '../summary/read-summary.js'
import { openModel } from './open-model.js'
import { recordPrior } from './record-prior.js'
import { recordValues } from './record-values.js'
import { sampleResults } from './sample-results.js'

export interface RecordRunValuesOptions {
  /** Load the run's code although others can write it. Default false. */
  readonly trustRun?: boolean
}

/**
 * Writes the constrained values of a run that has none yet, and draws of its prior: one that was not finished, or by a version that wrote none. Unlike anything else that reads results this
 * loads the run's model.
 * @throws ChoraleError `CHORALE_RUN_NOT_TRUSTED`, `CHORALE_CODE_CHANGED`, `CHORALE_MODEL_NOT_PORTABLE` for a model that was given as an object, and what
 * `openRunDirectory` throws
 */
export async function recordRunValues(path: string, { trustRun = false }: RecordRunValuesOptions = {}): Promise<void> {
  const run = await openModel(path, { trustRun })
  const summary = await readSummary(layout.summaryFile(run.path))
  const shards = [...(await sampleResults(run.path)).keys()]
  await recordValues(run, summary?.combiner ?? 'none', shards)
  if (shards.length > 0) await recordPrior(run, shards[0]!)
}
