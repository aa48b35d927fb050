/** Jobs that are clients of their run: one core each, no task, the command line on a node. */
import type { BatchSettings } from '../batch-settings.js'
import type { ClientNeeds } from './client-needs.js'
import type { JobAddress } from '../../contracts/scheduler.js'
import type { Submission } from '../submission/submission-records.js'

/** `driver`: does what `chorale attach` does. `combine`: combines what has been sampled when it starts, and submits nothing. */
export type ClientRole = 'driver' | 'combine'

/** What the intent of such a job says besides that of others. */
export interface ClientFacts {
  readonly role: ClientRole
  /** 1, and one more for each job that goes on for another. */
  readonly generation: number
}

/** A client job that is to be submitted. */
export interface ClientOrder extends ClientNeeds {
  readonly role: ClientRole
  /** Absolute path of the `chorale` command, as Node runs it. */
  readonly entry: string
  /** That the job asks for, in bytes. */
  readonly memoryBytes: number
  /** The job that this one goes on for when it has ended. */
  readonly after?: { readonly number: number; readonly job: string; readonly generation: number }
}

/** A client job that the scheduler has. */
export interface ClientJob {
  /** `driver-job-0007`: what `chorale logs` takes. */
  readonly name: string
  readonly role: ClientRole
  /** As the scheduler's commands take it. */
  readonly job: string
}

/** Driver jobs of a run, one after another, without anybody who asks for more. */
export const MOST_DRIVER_JOBS = 20

/** The hidden command that such jobs run. */
export const CLIENT_COMMAND = 'client-job'

export const clientJobName = (role: ClientRole, submission: number): string => `${role}-job-${String(submission).padStart(4, '0')}`

/** The number of the submission that a name is of; undefined for what is no such name. */
export function submissionOfClient(name: string): number | undefined {
  const [, digits] = /^(?:driver|combine)-job-(\d{4,})$/.exec(name) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** One core, and a queue, an account, time and memory of their own where these are asked for. */
export function clientSettings(settings: BatchSettings, { queue, account, walltimeSeconds, memoryBytes }: ClientNeeds): BatchSettings {
  const walltime = walltimeSeconds ?? settings.walltime
  const margin = walltimeSeconds === undefined ? settings.margin : Math.min(settings.margin, walltimeSeconds / 10)
  const place = { ...(queue === undefined ? {} : { queue }), ...(account === undefined ? {} : { account }) }
  return { ...settings, ...place, cpus: 1, walltime, margin, memory: memoryBytes }
}

/** Jobs of tasks that no other job goes on for: when all of these have ended, so have all. */
export function lastJobs(submissions: readonly Submission[]): readonly JobAddress[] {
  const taken = submissions.flatMap(({ number, intent, answer, revoked }) =>
    answer?.kind === 'accepted' && !revoked && !intent.client ? [{ number, continues: intent.continues, job: answer.job }] : [],
  )
  const continued = new Set(taken.map(({ continues }) => continues))
  return taken.filter(({ number }) => !continued.has(number)).map(({ job }) => ({ job }))
}
