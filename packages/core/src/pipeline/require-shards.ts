import { ChoraleError } from '../contracts/index.js'
import { RESOURCES } from '../errors/code-table.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import type { FailedShard, ShardResult } from '../execution/shard-results.js'

/** Missing shards are missing data: below the success rate there is no result. Throws `CHORALE_SUCCESS_RATE`, `CHORALE_NO_USABLE_SHARD`, or what is full. */
export function requireEnoughShards(run: ActiveRun, shards: readonly ShardResult[], usable: readonly CompletedShard[]): void {
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
