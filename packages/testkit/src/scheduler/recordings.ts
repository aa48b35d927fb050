import type { CommandAnswer, JobAddress, JobEndCause, JobState } from '@chorale/core/contracts'

/** What a scheduler answered to a submission, and what that means. */
export type RecordedSubmission =
  | { readonly answer: CommandAnswer; readonly kind: 'accepted'; readonly job: string }
  | { readonly answer: CommandAnswer; readonly kind: 'refused'; readonly transient: boolean }
  | { readonly answer: CommandAnswer; readonly kind: 'unclear' }

/** What an adapter must see in an answer. */
export interface ExpectedView extends JobAddress {
  readonly state: JobState
  /** For `ended`, where the scheduler says it. */
  readonly cause?: JobEndCause
  readonly exitCode?: number
  readonly neverRuns?: boolean
}

/** Answers to the commands of one look, in their order. */
export interface RecordedLook {
  readonly detail: 'live' | 'ends'
  readonly answers: readonly CommandAnswer[]
  /** Every job in the answers. */
  readonly views: readonly ExpectedView[]
}

/**
 * What a scheduler really answers: the only thing that nobody but the author of its adapter knows. Record it by running the commands, or write it from the manual.
 * Answers are as core gives them to an adapter: without the last line feed.
 */
export interface SchedulerRecordings {
  /** Answers to what `identify` asks, by the whole command: `sbatch --version`. */
  readonly identify: Readonly<Record<string, CommandAnswer>>
  /** What a command answers when the server cannot be reached. */
  readonly silent: CommandAnswer
  /** At least one that was accepted, one that was refused for good, and one that was refused for the moment. */
  readonly submissions: readonly RecordedSubmission[]
  /** With jobs that wait, run, ended well and ended otherwise, and one in a state that does not exist: a word that you made up. */
  readonly looks: readonly RecordedLook[]
  /** Look-ups of a name: one that found a job, and one that found none. */
  readonly finds: readonly { readonly name: string; readonly answers: readonly CommandAnswer[]; readonly jobs: readonly string[] }[]
  /** Removals that were done, or needed not be done, and such that were not. */
  readonly removals: readonly { readonly answer: CommandAnswer; readonly accepted: boolean; readonly transient?: boolean }[]
  /** `jobs` (default): looks name the jobs that they ask for. `user`: the scheduler's commands can only list everything that the user has. */
  readonly looksAt?: 'jobs' | 'user'
}
