import { ChoraleError } from '../contracts/index.js'
import { loadJob } from '../job/load-job.js'
import { fixParameters } from '../model/fix-parameters.js'
import { layout, loadShard, openRunDirectory, readRecord, requireTrustedRun } from '../run-directory/index.js'
import { summarySchema } from '../pipeline/summary-schema.js'
import { recordValues } from './record-values.js'
import { sampleResults } from './sample-results.js'

export interface RecordRunValuesOptions {
  /** Load the run's code although others can write it. Default false. */
  readonly trustRun?: boolean
}

/**
 * Writes the constrained values of a run that has none yet: one that was not finished, or by a version that wrote none. Unlike anything else that reads results this
 * loads the run's model.
 * @throws ChoraleError `CHORALE_RUN_NOT_TRUSTED`, `CHORALE_CODE_CHANGED`, `CHORALE_MODEL_NOT_PORTABLE` for a model that was given as an object, and what
 * `openRunDirectory` throws
 */
export async function recordRunValues(path: string, { trustRun = false }: RecordRunValuesOptions = {}): Promise<void> {
  const { path: run, record } = await openRunDirectory(path)
  const { code, plan, data } = record
  if (code === null) {
    throw new ChoraleError(
      'CHORALE_MODEL_NOT_PORTABLE',
      'The model of this run was an object of the program that started it, so its values cannot be computed here.',
      {
        lookedIn: run,
        fix: 'put the model into a module and name it with the setting model',
      },
    )
  }
  if (!trustRun) await requireTrustedRun(run, code.path)
  const job = await loadJob(run, { kind: 'bundle', ...code })
  const model = fixParameters(job.model, plan.fixed)
  const bindShard = async (shard: number) =>
    model.bind(await loadShard(layout.shardFile(run, data.directory, shard), plan.shards[shard]!.digest), plan.summary)
  const summary = await readRecord(layout.summaryFile(run), summarySchema)
  const shards = [...(await sampleResults(run)).keys()]
  await recordValues({ path: run, record, bindShard }, summary?.combiner ?? 'none', shards)
}
