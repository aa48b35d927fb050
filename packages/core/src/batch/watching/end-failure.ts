import type { JobEnd } from '../../contracts/scheduler.js'
import type { TaskFailure } from '../../contracts/task.js'
import { JOB_EXIT } from '../job-files.js'

/** What is known of a job that ended without a record of its task. */
export interface UnrecordedEnd {
  readonly task: string
  /** As the scheduler's commands name it. */
  readonly job: string
  readonly scheduler: string
  /** undefined: the scheduler does not know the job any more. */
  readonly end: JobEnd | undefined
  readonly walltimeSeconds: number | null
  readonly memoryBytes: number | null
  /** The last lines that the job printed. */
  readonly lastLines: readonly string[]
  readonly log: string
}

const MB = 1024 * 1024
/** 128 + 9: how a shell tells that its child was killed. */
const KILLED = 137
/** What schedulers write into a job's own output when they kill it. */
const WALLTIME_LINE = /DUE TO TIME LIMIT|job killed: walltime|exceeded limit.*walltime/i
const MEMORY_LINE = /oom[-_ ]?kill|out[- ]of[- ]memory|exceeded memory limit|job killed: (v?mem|pmem)/i

/** Why a task has no result, in words: what the scheduler says, else what the job printed, else that nobody knows. */
export function failureOfEnd(known: UnrecordedEnd): TaskFailure {
  const { task, job, scheduler, end, walltimeSeconds, memoryBytes, lastLines, log } = known
  const said = end ? ` (${scheduler}: ${end.words})` : ''
  const printed = lastLines.length === 0 ? '' : `; it printed last: ${lastLines.join(' | ')}`
  const failure = (cause: TaskFailure['cause'], code: string, what: string, retryable: boolean): TaskFailure => ({
    cause,
    code,
    message: `the job ${job} of task ${task} ${what}${said}${printed}`,
    retryable,
  })
  const text = lastLines.join('\n')
  const cause = end?.cause ?? 'unknown'
  // A job that was killed for its memory counts as one that could not be launched to some versions of Slurm.
  const ownKill = cause === 'exit' || cause === 'unknown' || cause === 'deleted' || cause === 'never-ran'
  if (cause === 'memory' || (ownKill && MEMORY_LINE.test(text))) {
    const limit = memoryBytes === null ? "the site's limit" : `${Math.ceil(memoryBytes / MB)} MiB`
    return failure('memory', 'CHORALE_JOB_MEMORY', `was killed, as it needed more memory than ${limit} (backend.memoryPerJob)`, true)
  }
  if (cause === 'walltime' || (ownKill && WALLTIME_LINE.test(text))) {
    const limit = walltimeSeconds === null ? "the site's limit" : `${walltimeSeconds} s`
    return failure('walltime', 'CHORALE_JOB_WALLTIME', `was killed at its walltime of ${limit} (backend.walltime)`, true)
  }
  switch (cause) {
    case 'cputime':
      return failure('limit', 'CHORALE_JOB_CPU_TIME', 'was killed, as it used more processor time than it may', false)
    case 'deleted':
      return failure('cancelled', 'CHORALE_JOB_DELETED', 'was deleted by a user or an administrator', false)
    case 'node':
    case 'requeued':
      return failure('node', 'CHORALE_JOB_NODE', 'was lost with its node, or preempted', true)
    case 'never-ran':
      return failure(
        'neverRuns',
        'CHORALE_JOB_NEVER_RAN',
        'ended without having started: see whether its node reaches the folder of the run (output.directory)',
        false,
      )
    case 'dependency':
      return failure('neverRuns', 'CHORALE_JOB_NEVER_RAN', 'was not started, as what it depended on failed', false)
    case 'completed':
    case 'exit':
      return exitFailure(end!, failure, log)
    case 'unknown':
      return failure(
        'lost',
        'CHORALE_JOB_VANISHED',
        end ? 'ended for a reason that is not known' : `is not known to ${scheduler} any more, and left no result; its output is in ${log}`,
        true,
      )
  }
}

type Failure = (cause: TaskFailure['cause'], code: string, what: string, retryable: boolean) => TaskFailure

function exitFailure({ exitCode = 0, signal }: JobEnd, failure: Failure, log: string): TaskFailure {
  switch (exitCode) {
    case JOB_EXIT.noNode:
      return failure('environment', 'CHORALE_JOB_NO_NODE', 'found no Node to run: set backend.node to a path that the nodes have', false)
    case JOB_EXIT.environment:
      return failure('environment', 'CHORALE_JOB_ENVIRONMENT', `could not begin: its environment is not as it should be, see ${log}`, false)
    case JOB_EXIT.superseded:
      return failure('superseded', 'CHORALE_JOB_SUPERSEDED', 'ended at once, as it was not wanted any more', true)
    case JOB_EXIT.checkpointed:
      return failure('walltime', 'CHORALE_JOB_WALLTIME', 'stopped before it could begin this task', true)
  }
  if (exitCode === KILLED)
    return failure('lost', 'CHORALE_JOB_NO_RESULT', 'was killed, by the system for want of memory or by somebody', true)
  const how = signal ? `was ended by signal ${signal}` : `ended with code ${exitCode}`
  return failure('lost', 'CHORALE_JOB_NO_RESULT', `${how} and left no result; its output is in ${log}`, true)
}

/** How a job that can never run is told. */
export const neverRuns = (task: string, job: string, scheduler: string, reason: string): TaskFailure => ({
  cause: 'neverRuns',
  code: 'CHORALE_JOB_NEVER_RUNS',
  message: `the job ${job} of task ${task} can never run as it was submitted (${scheduler}: ${reason}): ask for less, or for another queue`,
  retryable: false,
})
