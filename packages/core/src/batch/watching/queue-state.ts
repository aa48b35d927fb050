/** What the jobs of a run do at the scheduler: how many wait, and why. */
import type { JobView } from '../../contracts/scheduler.js'

/** One job, or one element of an array, as the scheduler was heard to say. Times of the observer's clock in milliseconds. */
export interface SeenJob {
  /** As the scheduler's commands take it. */
  readonly job: string
  readonly state: 'waiting' | 'held' | 'running'
  readonly reason: string | undefined
  readonly neverRuns: boolean
  /** Since when it was seen in this state. */
  readonly since: number
}

/** Jobs that do not run for the same reason. */
export interface WaitingReason {
  readonly kind: 'waits' | 'held' | 'never'
  /** The scheduler's own words; empty where it gives none. */
  readonly reason: string
  readonly jobs: number
  /** One of them. */
  readonly job: string
}

export interface QueueState {
  readonly waiting: number
  readonly held: number
  readonly running: number
  /** Of jobs that have waited for a while; the most first. */
  readonly reasons: readonly WaitingReason[]
}

/** A job that waits for another one of ours is not in anybody's way. */
const KINDS = ['never', 'held', 'waits'] as const
const REASONS_SHOWN = 4

/** `patienceMs`: a job that waits for less than this needs no explanation, unless it can never run. */
export function queueState(jobs: readonly SeenJob[], now: number, patienceMs: number): QueueState {
  const count = (state: SeenJob['state']): number => jobs.filter(job => job.state === state).length
  const reasons = new Map<string, WaitingReason>()
  for (const { job, state, reason = '', neverRuns, since } of jobs) {
    if (state === 'running' || (!neverRuns && now - since < patienceMs)) continue
    const kind = neverRuns ? 'never' : state === 'held' ? 'held' : 'waits'
    const known = reasons.get(`${kind} ${reason}`)
    reasons.set(`${kind} ${reason}`, known ? { ...known, jobs: known.jobs + 1 } : { kind, reason, jobs: 1, job })
  }
  const ordered = [...reasons.values()].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.jobs - a.jobs)
  return { waiting: count('waiting'), held: count('held'), running: count('running'), reasons: ordered }
}

/** `1 job can never run: PartitionNodeLimit (12_3); 3 jobs wait: Resources (12_4)`; empty where nothing is to be explained. */
export function reasonsText({ reasons }: Pick<QueueState, 'reasons'>): string {
  const shown = reasons.slice(0, REASONS_SHOWN).map(({ kind, reason, jobs, job }) => {
    const verb = { never: 'can never run', held: jobs === 1 ? 'is held' : 'are held', waits: jobs === 1 ? 'waits' : 'wait' }[kind]
    return `${jobs} ${jobs === 1 ? 'job' : 'jobs'} ${verb}: ${reason === '' ? 'no reason is given' : reason} (${job})`
  })
  const more = reasons.length - shown.length
  return [...shown, ...(more > 0 ? [`${more} more reasons`] : [])].join('; ')
}

/** What a view says of a job that it does not run yet, or runs; undefined of one that has ended. A job without a view is one that was submitted a moment ago. */
export function seenState(view: JobView | undefined, begun: boolean): SeenJob['state'] | undefined {
  if (begun) return 'running'
  switch (view?.state) {
    case 'held':
      return 'held'
    case 'running':
    case 'ending':
      return 'running'
    case 'ended':
      return undefined
    default:
      return 'waiting'
  }
}
