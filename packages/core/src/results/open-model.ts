import { ChoraleError } from '../contracts/index.js'
import { loadJob } from '../job/load-job.js'
import { fixParameters } from '../model/fix-parameters.js'
import { layout, loadShard, openRunDirectory, requireTrustedRun } from '../run-directory/index.js'
import type { PriorRun } from './record-prior.js'

/**
 * A run with its model, by the code in its folder. Unlike anything else that reads results this runs that code.
 * @throws ChoraleError `CHORALE_RUN_NOT_TRUSTED`, `CHORALE_CODE_CHANGED`, `CHORALE_MODEL_NOT_PORTABLE` for a model that was given as an object, and what
 * `openRunDirectory` throws
 */
export async function openModel(path: string, { trustRun }: { readonly trustRun: boolean }): Promise<PriorRun> {
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
  return { path: run, record, model, bindShard }
}
