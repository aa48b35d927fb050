/** Submits client jobs, finds those that are there already, and takes them back. */
import type { RunContext } from '../../contracts/backend.js'
import { ChoraleError } from '../../contracts/error.js'
import type { JobAddress } from '../../contracts/scheduler.js'
import type { BatchSettings } from '../batch-settings.js'
import { clientJobName, clientSettings, lastJobs, type ClientJob, type ClientOrder, type ClientRole } from './client-job.js'
import { readClientReports } from './client-report.js'
import type { Commander } from '../commander.js'
import { findJob, resolveIntent } from '../submission/lost-submission.js'
import { look } from '../watching/poller.js'
import { removeJobs } from '../removal.js'
import { RunFacts } from '../watching/run-facts.js'
import { writeRevocation, type Revocation, type Submission } from '../submission/submission-records.js'
import { Submitter, type Order } from '../submission/submitter.js'

/** Characters of the ids in one command line: one word of it may have 128 kB. Some thousand jobs; an array is one. */
const MOST_AWAITED = 60_000
const TRIES = 3

type ClientContext = Pick<RunContext, 'runDirectory' | 'limits' | 'signal' | 'log'>

/** Of the jobs that are to be waited for the last ones, as many as one command can name: those begin last. */
export function awaited(jobs: readonly JobAddress[], show: (address: JobAddress) => string): readonly JobAddress[] {
  let characters = 0
  const first = jobs.findLastIndex(job => (characters += show(job).length + 1) > MOST_AWAITED)
  return jobs.slice(first + 1)
}

/** A client job as a submission: what differs from jobs of tasks is in `client`. */
export function clientSubmission(
  order: ClientOrder,
  settings: BatchSettings,
  submissions: readonly Submission[],
  show: (address: JobAddress) => string,
): Omit<Order, 'limits'> {
  const { walltime, memory } = clientSettings(settings, order)
  const { role, entry, after } = order
  return {
    planned: { elements: [[]], array: false, walltime: walltime ?? null, memory: memory ?? null, atOnce: undefined },
    history: {},
    client: { role, entry, generation: (after?.generation ?? 0) + 1 },
    ...(after ? { after: { number: after.number, job: after.job } } : {}),
    ...(role === 'combine' ? { afterAll: awaited(lastJobs(submissions), show) } : {}),
  }
}

/**
 * Submits a client job, or finds that such a one waits or runs already, as after a client that died.
 * @throws ChoraleError as `Submitter.submit`
 */
export async function submitClient(
  order: ClientOrder,
  { runDirectory, limits, signal, log }: ClientContext,
  commander: Commander,
  settings: BatchSettings,
): Promise<ClientJob> {
  const facts = await factsOf(runDirectory)
  const submitter = new Submitter(commander, clientSettings(settings, order), runDirectory)
  for (let tries = 0; tries < TRIES && !signal.aborted; tries++) {
    const present = await findClient(order, facts, commander, signal)
    if (present) return present
    const submission = clientSubmission(order, settings, facts.submissions, commander.adapter.show)
    const all = submission.afterAll ? lastJobs(facts.submissions).length : 0
    if (submission.afterAll && submission.afterAll.length < all)
      log.warn(
        `the job that combines waits for the last ${submission.afterAll.length} of ${all} jobs, as no command holds more ids; if it begins before the others have ended, it says ` +
          'which chains are missing, and chorale attach combines. Fewer jobs: backend.mode: array or packed',
      )
    const number = await submitter.submit({ ...submission, limits }, facts.newestNumber + 1, signal)
    await facts.refreshSubmissions()
    const { answer } = facts.submission(number)
    if (answer?.kind === 'accepted') return clientJob(commander, order.role, number, answer.job)
  }
  const present = await findClient(order, facts, commander, signal)
  if (present) return present
  signal.throwIfAborted()
  throw new ChoraleError('CHORALE_SCHEDULER_SILENT', `${commander.adapter.scheduler} does not say what became of the ${order.role} job.`, {
    lookedIn: runDirectory,
    fix: 'attach when the scheduler answers; the tasks go on',
  })
}

/** The newest client job of this role, and of a later number than the one that it goes on for, that has not ended as far as anybody knows. */
async function findClient(
  { role, after }: ClientOrder,
  facts: RunFacts,
  commander: Commander,
  signal: AbortSignal,
): Promise<ClientJob | undefined> {
  for (const { number, intent } of clientsOf(facts).reverse()) {
    if (intent.client?.role !== role || number <= (after?.number ?? 0)) continue
    if (!facts.submission(number).answer) {
      await resolveIntent(commander, facts, facts.submission(number), signal)
      await facts.refreshSubmissions()
    }
    const { answer } = facts.submission(number)
    if (answer?.kind !== 'accepted' || (await hasEnded(facts.run, number))) continue
    const { views, complete } = await look(commander, 'live', [{ job: answer.job }])
    if (!complete || views.some(({ state }) => state !== 'ended')) return clientJob(commander, role, number, answer.job)
  }
  return undefined
}

const clientJob = ({ adapter }: Commander, role: ClientRole, number: number, job: string): ClientJob => ({
  name: clientJobName(role, number),
  role,
  job: adapter.show({ job }),
})

/** Those that are still wanted and were not refused, oldest first. */
const clientsOf = (facts: RunFacts): Submission[] =>
  facts.submissions.filter(({ intent, answer, revoked }) => intent.client && answer?.kind !== 'refused' && !revoked)

async function hasEnded(run: string, number: number): Promise<boolean> {
  const last = (await readClientReports(run, number)).at(-1)
  return last !== undefined && last.status !== 'began'
}

/**
 * Client jobs are not wanted any more: each is revoked, which it sees when it starts, and taken from the scheduler; but not the job that this process is.
 * @returns names of those that still live, as far as anybody knows
 */
export async function dismissClients(
  { runDirectory }: Pick<RunContext, 'runDirectory'>,
  revocation: Omit<Revocation, 'format'>,
  commander: Commander,
): Promise<readonly string[]> {
  const facts = await factsOf(runDirectory)
  const unknown: string[] = []
  const jobs = new Map<string, string>()
  for (const submission of clientsOf(facts)) {
    const { number, intent, answer } = submission
    if (await hasEnded(facts.run, number)) continue
    const job = answer?.kind === 'accepted' ? answer.job : await findJob(commander, facts, submission)
    if (job === (await ownJob(commander))) continue
    await writeRevocation(facts.run, number, { format: 1, ...revocation })
    const name = clientJobName(intent.client!.role, number)
    if (job === 'unanswered') unknown.push(name)
    else if (job !== 'nowhere') jobs.set(job, name)
  }
  const left = await removeJobs(
    commander,
    [...jobs.keys()].map(job => ({ job })),
  )
  return [...left.map(({ job }) => jobs.get(job)!), ...unknown]
}

/** The job that this process runs in; undefined outside of the scheduler's jobs. */
async function ownJob(commander: Commander): Promise<string | undefined> {
  return process.env[commander.adapter.variables(await commander.facts()).job]
}

/** Of no task: what the run has submitted. */
async function factsOf(run: string): Promise<RunFacts> {
  const facts = new RunFacts(run, [], 0, () => 0)
  await facts.refreshSubmissions()
  return facts
}
