/** What a client job reads before it does anything. */
import { existsSync } from 'node:fs'

import { clientJobName, type ClientFacts } from '../batch/client/client-job.js'
import { readClientReports, type ClientReport } from '../batch/client/client-report.js'
import { cancelText } from '../batch/job/order.js'
import { readSubmissions, type Submission } from '../batch/submission/submission-records.js'
import { ChoraleError } from '../contracts/index.js'
import { logText } from '../log/log-text.js'
import { isRunCancelled, layout } from '../run-directory/index.js'

/** A client job as its own process sees it. */
export interface ClientJobOrder extends ClientFacts {
  /** `driver-job-0007`. */
  readonly name: string
  readonly walltimeSeconds: number | null
  readonly marginSeconds: number
  /** Why there is nothing to do; undefined where there is. */
  readonly needless: string | undefined
}

/** @throws ChoraleError `CHORALE_TASK_UNKNOWN` for what is no client job of the run */
export async function readClientOrder(run: string, number: number): Promise<ClientJobOrder> {
  const submission = (await readSubmissions(run)).find(one => one.number === number)
  const client = submission?.intent.client
  if (!submission || !client) {
    throw new ChoraleError('CHORALE_TASK_UNKNOWN', `Submission ${number} of this run is no job that drives or combines it`, {
      lookedIn: run,
      fix: 'chorale attach collects a run by hand',
    })
  }
  const { walltimeSeconds, marginSeconds } = submission.intent
  return { ...client, name: clientJobName(client.role, number), walltimeSeconds, marginSeconds, needless: await needless(run, submission) }
}

async function needless(run: string, { intent, revoked }: Submission): Promise<string | undefined> {
  if (revoked) return revoked.words
  if (existsSync(layout.summaryFile(run))) return 'the run has its result'
  if (isRunCancelled(run) && (await cancelText(run)) !== intent.oldCancel) return 'the run was cancelled'
  return undefined
}

/** What status and logs tell of a client job. */
export interface ClientJobStatus {
  readonly name: string
  readonly role: ClientFacts['role']
  /** As the scheduler named it; null where that is not known. */
  readonly job: string | null
  /** `waits`: as far as its records say, it has not begun. */
  readonly state: 'waits' | 'refused' | 'revoked' | ClientReport['status']
  /** For people; empty where the state says it all. */
  readonly words: string
}

/** Client jobs of a run by their records alone, in the order of their submission. The scheduler is not asked. */
export async function clientJobs(run: string): Promise<readonly ClientJobStatus[]> {
  const jobs: ClientJobStatus[] = []
  for (const { number, intent, answer, revoked } of await readSubmissions(run)) {
    if (!intent.client) continue
    const { role } = intent.client
    const report = (await readClientReports(run, number)).at(-1)
    const state = answer?.kind === 'refused' ? 'refused' : (report?.status ?? (revoked ? 'revoked' : 'waits'))
    const words = answer?.kind === 'refused' ? answer.words : (report?.words ?? revoked?.words ?? '')
    const job = answer?.kind === 'accepted' ? answer.job : (report?.job ?? null)
    // Somebody else's records may hold anything.
    jobs.push({ name: clientJobName(role, number), role, job: job === null ? null : logText(job), state, words: logText(words) })
  }
  return jobs
}
