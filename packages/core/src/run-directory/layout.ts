/** Where everything of a run lies below its directory. Pure functions of names; nothing here touches the disk. */
import { join } from 'node:path'

/** Rows file of an `evaluate` attempt: columns `log_density` and, where asked for, `g0..`; one row a position. */
export const DENSITY_FILE = 'density.bin'
/** Rows file of an `evaluate` attempt: one column `log_likelihood`; the shard's rows at the first position, then at the next, ... */
export const POINTWISE_FILE = 'pointwise.bin'

const digits = (n: number, width: number): string => String(n).padStart(width, '0')

/** One chain of one shard: `sample-0007-2`, the second restart of it `sample-0007-2-r2`. */
export const sampleTaskId = (shard: number, chain: number, restart: number): string =>
  `sample-${digits(shard, 4)}-${chain}${restart > 0 ? `-r${restart}` : ''}`

/** One shard at the positions of one round: `evaluate-0007-003`. */
export const evaluateTaskId = (shard: number, round: number): string => `evaluate-${digits(shard, 4)}-${digits(round, 3)}`

/** The local parameters of one shard given the global draws of one round: `conditional-0007-003`. */
export const conditionalTaskId = (shard: number, round: number): string => `conditional-${digits(shard, 4)}-${digits(round, 3)}`

export const runRecord = (run: string): string => join(run, 'run.json')
export const cancelRequest = (run: string): string => join(run, 'cancel.json')
export const cancelledDirectory = (run: string): string => join(run, 'cancelled')
export const taskCancelRequest = (run: string, task: string): string => join(run, 'cancelled', `${task}.json`)
export const summaryFile = (run: string): string => join(run, 'summary.json')
/** The run's own log. */
export const runLog = (run: string): string => join(run, 'log.ndjson')
export const reportFile = (run: string): string => join(run, 'report.html')

/** Relative to the run directory, as records name it. */
export const jobPath = (digest: string): string => `code/${digest}/job.mjs`
/** Relative to the run directory, as records name it. */
export const dataPath = (fingerprint: string): string => `data/${fingerprint}`
export const shardFileName = (shard: number): string => `${digits(shard, 4)}.cols`
export const shardFile = (run: string, directory: string, shard: number): string => join(run, directory, shardFileName(shard))

export const driversDirectory = (run: string): string => join(run, 'drivers')
export const driverRecord = (run: string, epoch: number): string => join(run, 'drivers', `${digits(epoch, 4)}.json`)
export const driverBeat = (run: string, epoch: number): string => join(run, 'drivers', `${digits(epoch, 4)}.beat`)
export const submissionsDirectory = (run: string): string => join(run, 'submissions')

export const tasksDirectory = (run: string): string => join(run, 'tasks')
export const taskDirectory = (run: string, task: string): string => join(run, 'tasks', task)
export const taskRecord = (run: string, task: string): string => join(run, 'tasks', task, 'task.json')
export const attemptName = (attempt: number): string => digits(attempt, 3)
export const attemptDirectory = (run: string, task: string, attempt: number): string => join(run, 'tasks', task, attemptName(attempt))
export const startedRecord = (attemptDirectory: string): string => join(attemptDirectory, 'started.json')
export const endedRecord = (attemptDirectory: string): string => join(attemptDirectory, 'ended.json')

export const doneDirectory = (run: string): string => join(run, 'done')
export const doneMarker = (run: string, task: string, attempt: number): string => join(run, 'done', `${task}.${attemptName(attempt)}`)
export const acceptedDirectory = (run: string): string => join(run, 'accepted')
export const acceptedRecord = (run: string, task: string): string => join(run, 'accepted', `${task}.json`)

export const evaluationDirectory = (run: string, positionsDigest: string): string => join(run, 'evaluations', positionsDigest)
/** Folder of the global draws that local ones were asked for, relative to the run directory. */
export const LOCALS = 'locals'
/** A shard's local draws in the folder of a combination. */
export const localDrawsFile = (shard: number): string => `locals-${digits(shard, 4)}.bin`
export const resultsDirectory = (run: string, combination: string): string => join(run, 'results', combination)
