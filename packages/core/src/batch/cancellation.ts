/** How jobs end before their tasks do, because a client asked. */
import type { JobAddress } from '../contracts/scheduler.js'
import type { BatchRun } from './watching/batch-run.js'
import type { Commander } from './commander.js'
import { findJob } from './submission/lost-submission.js'
import { removeJobs } from './removal.js'
import { writeRevocation, type Submission } from './submission/submission-records.js'

/** Jobs look every two seconds whether they are wanted; then they write a checkpoint. */
const STOP_MS = 12_000
const LOOK_MS = 500

/** Submissions of open tasks that may still have jobs. */
function living(run: BatchRun): readonly Submission[] {
  const open = new Set(run.open.map(({ task }) => task.id))
  return run.facts.submissions.filter(
    ({ intent, answer, revoked }) =>
      answer?.kind !== 'refused' && revoked?.reason !== 'lost' && intent.elements.some(element => element.some(id => open.has(id))),
  )
}

/** A submission all of whose unfinished tasks are meant is revoked: what starts of it later, as after a requeue, ends at once. */
const isWhole = (run: BatchRun, { intent }: Submission): boolean => intent.elements.flat().every(id => run.tasks.has(id))

/**
 * Ends the jobs of all open tasks, those that wait first, and looks whether they are gone.
 * @returns ids of the tasks whose jobs still live, as far as anybody knows
 */
export async function cancelTasks(run: BatchRun, commander: Commander): Promise<readonly string[]> {
  const submissions = living(run)
  const unknown = new Set<Submission>()
  const addresses: { readonly address: JobAddress; readonly tasks: readonly string[]; readonly waits: boolean }[] = []
  for (const submission of submissions) {
    const { number, intent, answer } = submission
    if (isWhole(run, submission)) {
      await writeRevocation(run.facts.run, number, { format: 1, reason: 'cancel', words: 'its tasks were cancelled' })
    }
    const job = answer?.kind === 'accepted' ? answer.job : await findJob(commander, run.facts, submission)
    if (job === 'unanswered') unknown.add(submission)
    if (job === 'unanswered' || job === 'nowhere') continue
    if (isWhole(run, submission)) {
      addresses.push({ address: { job }, tasks: intent.elements.flat(), waits: intent.continues !== null })
      continue
    }
    intent.elements.forEach((element, i) => {
      // A job that also runs tasks that are still wanted cannot be removed; they themselves see the cancel request.
      if (element.every(id => run.tasks.has(id)))
        addresses.push({ address: { job, index: intent.first + i }, tasks: element, waits: false })
    })
  }
  const ordered = addresses.sort((a, b) => Number(b.waits) - Number(a.waits))
  const left = new Set(
    (
      await removeJobs(
        commander,
        ordered.map(({ address }) => address),
      )
    ).map(commander.adapter.show),
  )
  const alive = ordered.filter(({ address }) => left.has(commander.adapter.show(address))).flatMap(({ tasks }) => tasks)
  const open = new Set(run.open.map(({ task }) => task.id))
  return [...new Set([...alive, ...[...unknown].flatMap(({ intent }) => intent.elements.flat())])].filter(id => open.has(id))
}

/** Asks jobs to checkpoint and end: their submissions are revoked, which they see; those that wait are removed. */
export async function stopTasks(run: BatchRun, commander: Commander): Promise<void> {
  const { clock } = commander
  await run.refresh()
  const submissions = living(run)
  for (const { number } of submissions) {
    await writeRevocation(run.facts.run, number, { format: 1, reason: 'stop', words: 'the client was asked to stop' })
  }
  const running = run.open.filter(({ attempt, view }) => attempt > 0 || view?.state === 'running').map(({ task }) => task.id)
  const before = new Map(running.map(id => [id, run.facts.attempts(id).length]))
  const waiting = run.open.flatMap(({ task, address }) => (address && !before.has(task.id) ? [address] : []))
  const removed = removeJobs(commander, waiting)
  const began = clock.monotonic()
  while (clock.monotonic() - began < STOP_MS) {
    await run.facts.refresh()
    if (running.every(id => run.facts.attempts(id).length > before.get(id)!)) break
    await clock.sleep(LOOK_MS)
  }
  await removed
}
