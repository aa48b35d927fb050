/** Intents without an answer: the client died, or the answer was lost, while the scheduler may have taken the job. */
import { ChoraleError } from '../../contracts/error.js'
import type { Commander } from '../commander.js'
import type { RunFacts } from '../watching/run-facts.js'
import { writeAnswer, writeRevocation, type Submission } from './submission-records.js'

/** Between two look-ups that found nothing: a server may show a job some seconds after it took it. */
const SECOND_LOOK_MS = 30_000
const RETRY_MS = 5_000
/** How long a scheduler may fail to answer before the client gives up; nothing is lost by it. */
const PATIENCE_MS = 600_000

/** The job of an intent, as far as anybody knows: by its name at the scheduler, or by an attempt that one of its jobs has begun. */
export async function findJob(
  commander: Commander,
  facts: RunFacts,
  { number, intent }: Submission,
): Promise<string | 'nowhere' | 'unanswered'> {
  const { adapter } = commander
  const server = await commander.facts()
  const answers = await commander.askAll(adapter.find(intent.name, server))
  const { jobs } = adapter.readFind(answers, intent.name, server)
  const [found] = jobs ?? []
  if (found) return found.job
  for (const task of intent.elements.flat()) {
    for (let attempt = await facts.newestAttempt(task); attempt > 0; attempt--) {
      const record = await facts.jobOf(task, attempt)
      if (record?.submission === number) return record.job
    }
  }
  return jobs === undefined ? 'unanswered' : 'nowhere'
}

/**
 * Finds out what became of an intent and writes it down: an answer if its job is found, a revocation after two look-ups half a minute apart that found nothing.
 * A job that turns up after that ends by itself.
 * @throws ChoraleError `CHORALE_SCHEDULER_SILENT` when the scheduler does not answer for ten minutes
 */
export async function resolveIntent(commander: Commander, facts: RunFacts, submission: Submission, signal: AbortSignal): Promise<void> {
  const { clock, adapter } = commander
  const { run } = facts
  const began = clock.monotonic()
  for (let empty = 0; !signal.aborted;) {
    const job = await findJob(commander, facts, submission)
    if (job === 'nowhere') {
      empty++
      if (empty >= 2) {
        const words = `no job ${submission.intent.name} was found in two look-ups ${SECOND_LOOK_MS / 1000} s apart`
        await writeRevocation(run, submission.number, { format: 1, reason: 'lost', words })
        return
      }
      await clock.sleep(SECOND_LOOK_MS, signal)
    } else if (job === 'unanswered') {
      if (clock.monotonic() - began > PATIENCE_MS) throw silent(adapter.scheduler, submission.intent.name)
      await clock.sleep(RETRY_MS, signal)
    } else {
      await writeAnswer(run, submission.number, { format: 1, kind: 'accepted', job, found: true, words: 'found by its name' })
      return
    }
  }
}

const silent = (scheduler: string, name: string): ChoraleError =>
  new ChoraleError(
    'CHORALE_SCHEDULER_SILENT',
    `${scheduler} does not say whether it has the job ${name}, so it cannot be submitted again safely.`,
    {
      fix: 'attach again when the scheduler answers; nothing is lost',
    },
  )
