/** Dependent copies of jobs: each goes on where the one before it stopped, while no client is there. */
import type { RunContext } from '../../contracts/backend.js'
import { isChoraleError } from '../../contracts/error.js'
import type { BatchRun } from '../watching/batch-run.js'
import type { Submission } from './submission-records.js'
import type { Order, Submitter } from './submitter.js'

type After = NonNullable<Order['after']>

/**
 * Submits so many copies of each job of open tasks that has none yet. A scheduler that refuses one is not asked for more: what was submitted before does not suffer.
 */
export async function submitContinuations(run: BatchRun, copies: number, submitter: Submitter, context: RunContext): Promise<void> {
  const newest = new Set(run.open.map(({ task }) => run.facts.current(task.id)?.submission.number))
  for (const submission of run.facts.submissions) {
    const { number, intent, answer } = submission
    if (answer?.kind !== 'accepted' || intent.continues !== null || !newest.has(number)) continue
    let after: After = { number, job: answer.job }
    for (let copy = 0; copy < copies; copy++) {
      const next = await submitCopy(run, submission, after, submitter, context)
      if (next === 'refused') return
      if (next === 'unanswered') break
      after = next
    }
  }
}

async function submitCopy(
  run: BatchRun,
  { intent }: Submission,
  after: After,
  submitter: Submitter,
  { signal, log, limits }: RunContext,
): Promise<After | 'refused' | 'unanswered'> {
  const planned = {
    elements: intent.elements,
    array: intent.array,
    walltime: intent.walltimeSeconds,
    memory: intent.memoryBytes,
    atOnce: undefined,
  }
  try {
    const number = await submitter.submit({ planned, history: intent.history, limits, after }, run.facts.newestNumber + 1, signal)
    await run.facts.refreshSubmissions()
    const { answer } = run.facts.submission(number)
    return answer?.kind === 'accepted' ? { number, job: answer.job } : 'unanswered'
  } catch (error) {
    if (!isChoraleError(error) || error.code !== 'CHORALE_SUBMISSION_REFUSED') throw error
    log.warn(`no copies that go on after job ${after.job} (backend.continuations): ${error.message}`)
    return 'refused'
  }
}
