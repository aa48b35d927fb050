/** What a batch job reads and writes besides its tasks' attempts. Runs inside jobs, so it has no imports but Node's. */
import { join } from 'node:path'
import type { ProcessUsage } from '../run-directory/attempt.js'

/** The order of one submission, as far as its jobs read it. */
export interface JobOrder {
  readonly format: 1
  /** Name of the job: a letter and twelve of `a-z2-7`. */
  readonly name: string
  /** Tasks of each element, the first element first. */
  readonly elements: readonly (readonly string[])[]
  /** Index of the first element. */
  readonly first: number
  readonly walltimeSeconds: number | null
  readonly marginSeconds: number
  /** Tasks of an element that run at a time. */
  readonly atOnce: number
  readonly limits: JobLimits
  /** Where draws come out bit by bit the same; null: anywhere will do. */
  readonly environment: { readonly v8: string; readonly arch: string } | null
  /** The run's cancel request as it was at submission (its text), which these jobs do not heed. */
  readonly oldCancel: string | null
  /** Number of the submission whose jobs these go on from; null or absent: of none. */
  readonly continues?: number | null
  /** Asks whether somebody deleted the job that an element goes on for; `{index}` stands for its index. */
  readonly deletion?: { readonly command: readonly string[]; readonly yes: string } | undefined
}

/** What a task may take before its job ends it. */
export interface JobLimits {
  /** Seconds of one attempt; null: only the walltime counts. */
  readonly taskSeconds: number | null
  /** Seconds without a gradient, as in the settings. */
  readonly heartbeatSeconds: number
  /** Resident memory of the job; null: only the scheduler's limit counts. */
  readonly memoryBytes: number | null
}

/** `job.json` of an attempt: which job executes it. Times are the writer's clock. */
export interface JobRecord {
  readonly format: 1
  readonly submission: number
  readonly index: number
  readonly name: string
  readonly job: string
  readonly host: string
  readonly pid: number
  readonly at: number
  /** Milliseconds since 1970 at which the task is asked to checkpoint; null without a walltime. */
  readonly deadline: number | null
}

/** The `beat` of an attempt: replaced every few seconds while it runs. */
export interface JobBeat {
  readonly beats: number
  readonly done: number
  readonly total: number
  readonly divergences: number
  readonly iteration: number
  /** Milliseconds, of this attempt and those before it. */
  readonly slowestCheckpoint?: number
  /** Of its process. */
  readonly usage?: ProcessUsage
}

const digits = (n: number): string => String(n).padStart(4, '0')

export const submissionsFolder = (run: string): string => join(run, 'submissions')
export const intentFile = (run: string, submission: number): string => join(run, 'submissions', `${digits(submission)}.intent.json`)
export const answerFile = (run: string, submission: number): string => join(run, 'submissions', `${digits(submission)}.answer.json`)
export const revokedFile = (run: string, submission: number): string => join(run, 'submissions', `${digits(submission)}.revoked.json`)
export const scriptFile = (run: string, submission: number): string => join(run, 'submissions', `${digits(submission)}.sh`)
export const environmentFile = (run: string, submission: number): string => join(run, 'submissions', `${digits(submission)}.env`)
/** What jobs print; relative to the run directory it is `submissions/output`. */
export const outputFolder = (run: string): string => join(run, 'submissions', 'output')
/** What the script of an element and everything in it print. */
export const jobLog = (run: string, name: string, index: number): string => join(outputFolder(run), `${name}.${index}.log`)
export const jobRecordFile = (attemptDirectory: string): string => join(attemptDirectory, 'job.json')
export const beatFile = (attemptDirectory: string): string => join(attemptDirectory, 'beat')
/** Relative to the run directory: what batch jobs execute. */
export const batchEntryPath = (digest: string): string => `code/batch-${digest.slice(0, 16)}.mjs`

/** Exit codes of a job. */
export const JOB_EXIT = { completed: 0, failed: 1, checkpointed: 75, superseded: 76, environment: 78, noNode: 127 } as const
