import type { JobEnd, JobState } from '@chorale/core/contracts'

/** A job as Slurm's tables show it. */
export interface SlurmJob {
  /** Without what may follow the word, as in `CANCELLED by 1001`. */
  readonly state: string
  readonly reason: string
  readonly exitCode: number
  readonly signal: number
}

/** https://slurm.schedmd.com/squeue.html#SECTION_JOB-STATE-CODES. States that end a job are in `endOf`. */
const LIVING: Readonly<Record<string, JobState>> = {
  PENDING: 'waiting',
  CONFIGURING: 'waiting',
  REQUEUED: 'waiting',
  REQUEUE_FED: 'waiting',
  REQUEUE_HOLD: 'held',
  RESV_DEL_HOLD: 'held',
  SPECIAL_EXIT: 'held',
  RUNNING: 'running',
  RESIZING: 'running',
  SUSPENDED: 'running',
  STOPPED: 'running',
  SIGNALING: 'running',
  COMPLETING: 'ending',
  STAGE_OUT: 'ending',
}

const ENDED: Readonly<Record<string, JobEnd['cause']>> = {
  COMPLETED: 'completed',
  FAILED: 'exit',
  TIMEOUT: 'walltime',
  DEADLINE: 'walltime',
  OUT_OF_MEMORY: 'memory',
  CANCELLED: 'deleted',
  REVOKED: 'deleted',
  NODE_FAIL: 'node',
  BOOT_FAIL: 'node',
  PREEMPTED: 'node',
}

/** Reasons for which a job was never started though it counts as failed. */
const NEVER_RAN = new Set(['JobLaunchFailure', 'BadConstraints', 'FailedLaunch', 'BadAccount'])
/** Reasons that waiting does not mend. */
const HOPELESS = new Set([
  'AccountNotAllowed',
  'AssocMaxCpuPerJobLimit',
  'AssocMaxMemPerJob',
  'AssocMaxWallDurationPerJobLimit',
  'BadConstraints',
  'DependencyNeverSatisfied',
  'InvalidAccount',
  'InvalidQOS',
  'PartitionConfig',
  'PartitionNodeLimit',
  'PartitionTimeLimit',
  'QOSMaxCpuPerJobLimit',
  'QOSMaxMemoryPerJob',
  'QOSMaxWallDurationPerJobLimit',
  'QOSNotAllowed',
])

/** No signal of the system: the batch step could not open its output file. */
const NO_OUTPUT = 53

export function stateOf({ state, reason }: Pick<SlurmJob, 'state' | 'reason'>): JobState {
  if (ENDED[state] !== undefined) return 'ended'
  const living = LIVING[state] ?? 'unknown'
  return living === 'waiting' && /^JobHeld/.test(reason) ? 'held' : living
}

/** undefined for a job that lives. */
export function endOf({ state, reason, exitCode, signal }: SlurmJob): JobEnd | undefined {
  const cause = ENDED[state]
  if (cause === undefined) return undefined
  const because = reason === '' || reason === 'None' ? '' : `, ${reason}`
  const words = `${state}${because}${exitCode === 0 && signal === 0 ? '' : `, exit code ${exitCode}${signal === 0 ? '' : `, signal ${signal}`}`}`
  const explained = signal === NO_OUTPUT ? `${words}, which is how Slurm says that the node cannot write into the folder of the run` : words
  return { cause: refined(cause, reason, signal), exitCode, ...(signal === 0 ? {} : { signal }), words: explained }
}

function refined(cause: JobEnd['cause'], reason: string, signal: number): JobEnd['cause'] {
  // Slurm 22.05 gives JobLaunchFailure also for jobs that ran and that it killed for their memory: those have the signal of that.
  if (cause === 'exit' && NEVER_RAN.has(reason) && (signal === 0 || signal === NO_OUTPUT)) return 'never-ran'
  if (cause === 'exit' && reason === 'OutOfMemory') return 'memory'
  if (cause === 'deleted' && reason === 'DependencyNeverSatisfied') return 'dependency'
  return cause
}

/** Reasons may carry more words: `ReqNodeNotAvail, UnavailableNodes:n1`. */
export const isHopeless = ({ state, reason }: Pick<SlurmJob, 'state' | 'reason'>): boolean =>
  state === 'PENDING' && HOPELESS.has(/^\w*/.exec(reason)![0])
