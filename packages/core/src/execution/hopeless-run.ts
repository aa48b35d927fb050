import { ChoraleError, type TaskFailure } from '../contracts/index.js'
import { RESOURCES } from '../errors/code-table.js'

/** So many tasks must have ended before their failures say something about the others. */
const FIRST_TASKS = 8

/**
 * Whether most of the tasks that have ended have failed: the others would do the same, hours later. Only asked while there are others. Who accepts that most shards
 * are missing (`minSuccessRate` below one half) is believed.
 */
export const isHopeless = (failed: number, ended: number, minSuccessRate: number): boolean =>
  ended >= FIRST_TASKS && failed > ended * Math.max(0.5, 1 - minSuccessRate)

/** One error for all failures, with a count of each cause. What failed for want of disk or memory says that, and its exit code. */
export function hopelessRun(
  run: string,
  failures: readonly TaskFailure[],
  { ended, tasks }: { readonly ended: number; readonly tasks: number },
) {
  const causes = countBy(failures, ({ cause, code }) => `${cause} (${code})`)
  const scarce = failures.find(({ code }) => code in RESOURCES)
  const code = (scarce?.code ?? 'CHORALE_RUN_HOPELESS') as `CHORALE_${string}`
  const counts = causes.map(([cause, count]) => `${count} x ${cause}`).join(', ')
  const example = scarce ?? failures[0]!
  return new ChoraleError(
    code,
    `${failures.length} of the first ${ended} tasks failed, so the other ${tasks - ended} were not run: ${counts}. For example: ${example.message}`,
    {
      lookedIn: run,
      available: causes.map(([cause, count]) => `${count} x ${cause}`),
      fix: 'mend the cause; if that needs another model or other settings start a new run, otherwise: chorale run --resume keeps what has ended well',
    },
  )
}

/** Most frequent first. */
function countBy<T>(values: readonly T[], keyOf: (value: T) => string): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(keyOf(value), (counts.get(keyOf(value)) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}
