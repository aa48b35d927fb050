/** What the jobs of a run asked for and used, and what the next run may ask for instead. */
import type { JobUsage, TaskTime } from './job-usage.js'
import { formatWalltime } from '../walltime-text.js'

/** The jobs of one kind of task. Sizes in bytes, times in seconds; null: the site's default, or nothing was recorded. */
export interface KindCost {
  /** `sample`, `evaluate` or `conditional`. */
  readonly kind: string
  /** Started, each time counted. */
  readonly jobs: number
  /** Cores times hours that the jobs had them, and hours of processor time. */
  readonly coreHours: { readonly held: number; readonly used: number }
  readonly memory: { readonly asked: number | null; readonly largest: number }
  readonly walltime: { readonly asked: number | null; readonly longest: number }
}

export interface RunCost {
  readonly kinds: readonly KindCost[]
  /** Settings of `backend` that would do, with why. */
  readonly suggestions: readonly string[]
}

const HOUR = 3600
const [GB, TENTH_GB] = [1e9, 1e8]
/** Above what was needed: other data, another node, a longer chain. */
const [MEMORY_RESERVE, TIME_RESERVE] = [1.25, 1.5]
/** A request is worth changing when this share of it would do, or when more than this share was needed. */
const [MUCH_LESS, CLOSE] = [0.7, 0.9]
const WALLTIME_STEP = 300

/** Of a run whose jobs have ended. One that ended `early` says what would be more, and nothing of what would do. */
export function runCost(jobs: readonly JobUsage[], tasks: readonly TaskTime[], end: 'result' | 'early' = 'result'): RunCost {
  const kinds = [...new Set(jobs.map(({ kind }) => kind))].map(kind =>
    kindCost(
      kind,
      jobs.filter(job => job.kind === kind),
    ),
  )
  const suggested = [...memorySuggestion(kinds), ...walltimeSuggestion(kinds, tasks), ...cpuSuggestion(jobs)]
  return { kinds, suggestions: suggested.filter(({ asks }) => end === 'result' || asks === 'more').map(({ words }) => words) }
}

function kindCost(kind: string, jobs: readonly JobUsage[]): KindCost {
  const sum = (of: (job: JobUsage) => number): number => jobs.reduce((total, job) => total + of(job), 0)
  const largest = (of: (job: JobUsage) => number): number => Math.max(...jobs.map(of))
  const asked = (of: (job: JobUsage) => number | null): number | null =>
    jobs.some(job => of(job) === null) ? null : largest(job => of(job)!)
  return {
    kind,
    jobs: jobs.length,
    coreHours: {
      held: sum(({ submission, usage }) => submission.intent.cpus * usage.seconds) / HOUR,
      used: sum(({ usage }) => usage.cpuSeconds) / HOUR,
    },
    memory: { asked: asked(({ submission }) => submission.intent.memoryBytes), largest: largest(({ usage }) => usage.peakMemoryBytes) },
    walltime: { asked: asked(({ submission }) => submission.intent.walltimeSeconds), longest: largest(({ usage }) => usage.seconds) },
  }
}

interface Suggestion {
  readonly asks: 'more' | 'less'
  readonly words: string
}

const more = (words: string): readonly Suggestion[] => [{ asks: 'more', words }]
const less = (words: string): readonly Suggestion[] => [{ asks: 'less', words }]

function memorySuggestion(kinds: readonly KindCost[]): readonly Suggestion[] {
  const asked = least(kinds.map(({ memory }) => memory.asked))
  if (asked === null) return []
  const needed = Math.max(...kinds.map(({ memory }) => memory.largest))
  const enough = Math.ceil((MEMORY_RESERVE * needed) / TENTH_GB) * TENTH_GB
  const said = `the largest job used ${gigabytes(needed)} of ${gigabytes(asked)}`
  if (enough < MUCH_LESS * asked) return less(`memoryPerJob: ${gigabytes(enough)} would do: ${said}`)
  return needed > CLOSE * asked ? more(`memoryPerJob: ${gigabytes(enough)} is safer: ${said}`) : []
}

function walltimeSuggestion(kinds: readonly KindCost[], tasks: readonly TaskTime[]): readonly Suggestion[] {
  const asked = least(kinds.map(({ walltime }) => walltime.asked))
  if (asked === null) return []
  const continued = tasks.filter(({ stops }) => stops > 0)
  if (continued.length > 0) {
    const longest = Math.max(...continued.map(({ seconds }) => seconds))
    const said = `${continued.length} of ${tasks.length} tasks went on in another job`
    return more(`walltime: '${formatWalltime(roundUp(TIME_RESERVE * longest))}' would hold each in one: ${said}`)
  }
  const longest = Math.max(...kinds.map(({ walltime }) => walltime.longest))
  const enough = roundUp(TIME_RESERVE * longest)
  return enough < MUCH_LESS * asked
    ? less(`walltime: '${formatWalltime(enough)}' would do: the longest job took ${formatWalltime(longest)} of ${formatWalltime(asked)}`)
    : []
}

/** Cores that nothing ran on. */
function cpuSuggestion(jobs: readonly JobUsage[]): readonly Suggestion[] {
  const asked = Math.max(0, ...jobs.map(({ submission }) => submission.intent.cpus))
  const busy = Math.max(0, ...jobs.map(({ usage }) => usage.cpuSeconds / Math.max(1, usage.seconds)))
  const enough = Math.max(1, Math.ceil(busy))
  return enough < asked ? less(`cpus: ${enough} would do: the busiest job kept ${busy.toFixed(1)} of ${asked} cores busy`) : []
}

const least = (values: readonly (number | null)[]): number | null =>
  values.length === 0 || values.includes(null) ? null : Math.min(...values.map(value => value!))

const roundUp = (seconds: number): number => Math.ceil(seconds / WALLTIME_STEP) * WALLTIME_STEP
const gigabytes = (bytes: number): string => `${(bytes / GB).toFixed(1)}GB`
