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
  const causes = causesText(failures)
  const what = `${usable.length} of ${shards.length} shards succeeded`
  requireResources(run, failures, what)
  if (usable.length === 0) {
    throw new ChoraleError('CHORALE_NO_USABLE_SHARD', `No shard succeeded. ${causes}`, {
      lookedIn: run.path,
      fix: wayOut(failures),
    })
  }
  throw new ChoraleError('CHORALE_SUCCESS_RATE', `${what}; the limit is ${limit * 100} %. ${causes}`, {
    lookedIn: run.path,
    fix: `${wayOut(failures)}; or accept the posterior of the remaining rows: combination.minSuccessRate: ${Math.floor(rate * 10_000) / 10_000}`,
  })
}

const CAUSES_SHOWN = 3

/** One failure of each kind, in one line: messages of the same kind differ in the names of their tasks. */
function causesText(failures: readonly FailedShard[]): string {
  const byCode = new Map<string, FailedShard[]>()
  for (const shard of failures) byCode.set(shard.failure.code, [...(byCode.get(shard.failure.code) ?? []), shard])
  return [...byCode]
    .slice(0, CAUSES_SHOWN)
    .map(([code, [first, ...others]]) => {
      const said = `${code}: ${first!.failure.message.split('\n')[0]}`
      return others.length === 0 ? said : `${said} (and alike in ${others.length} more)`
    })
    .join('; ')
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
