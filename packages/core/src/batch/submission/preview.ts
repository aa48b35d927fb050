import type { RunContext } from '../../contracts/backend.js'
import type { Task } from '../../contracts/task.js'
import { batchEntryPath } from '../job-files.js'
import type { BatchSettings } from '../batch-settings.js'
import type { Commander } from '../commander.js'
import { clientSettings, type ClientOrder } from '../client/client-job.js'
import { clientSubmission } from '../client/client-submission.js'
import { firstNeeds } from './needs.js'
import { planSubmissions } from './submission-plan.js'
import { submissionText } from './submission-text.js'
import { Submitter } from './submitter.js'

const MIB = 1024 * 1024

/** One submission as it would be made. */
export interface SubmissionPreview {
  /** In words: `an array of 40 jobs`. */
  readonly title: string
  /** The command, as a shell would take it. */
  readonly command: string
  readonly scriptPath: string
  readonly script: string
  readonly tasks: readonly string[]
}

/** The exact scripts and commands of a run's first submissions; only the names of jobs, which are random, will be others. Nothing is written or submitted. */
export async function previewTasks(
  tasks: readonly Task[],
  { runDirectory, limits }: Pick<RunContext, 'runDirectory' | 'limits'>,
  commander: Commander,
  settings: BatchSettings,
): Promise<readonly SubmissionPreview[]> {
  const facts = await commander.facts()
  const planned = planSubmissions(
    tasks.map(task => firstNeeds(task, settings)),
    settings,
    facts,
  )
  const submitter = new Submitter(commander, settings, runDirectory)
  const entry = `${runDirectory}/${batchEntryPath('0000000000000000')}`
  const previews: SubmissionPreview[] = []
  for (const [i, submission] of planned.entries()) {
    const { intent, script, request } = await submitter.prepare({ planned: submission, history: {}, limits }, i + 1, facts, entry)
    const { elements, array } = submission
    previews.push({
      title: array ? `an array of ${elements.length} jobs` : elements[0]!.length > 1 ? `a job with ${elements[0]!.length} tasks` : 'a job',
      command: submissionText(commander.adapter, intent.command, request.script),
      scriptPath: request.script,
      script,
      tasks: elements.flat(),
    })
  }
  return previews
}

/** As `previewTasks`, of a job that is a client of the run; the ids of the jobs that it waits for are made when they are submitted. */
export async function previewClient(
  order: ClientOrder,
  submissions: number,
  { runDirectory, limits }: Pick<RunContext, 'runDirectory' | 'limits'>,
  commander: Commander,
  settings: BatchSettings,
): Promise<SubmissionPreview> {
  const own = clientSettings(settings, order)
  const submitter = new Submitter(commander, own, runDirectory)
  const submission = { ...clientSubmission(order, settings, [], commander.adapter.show), limits }
  // Each is followed by its copies.
  const number = submissions * (1 + settings.continuations) + 1
  const { intent, script, request } = await submitter.prepare(submission, number, await commander.facts(), order.entry)
  const what = order.role === 'driver' ? 'the job that drives the run' : 'the job that combines, after all others'
  const time = own.walltime === undefined ? "the site's walltime" : `a walltime of ${own.walltime} s`
  const place = [
    ...(order.queue === undefined ? [] : [`queue ${order.queue}`]),
    ...(order.account === undefined ? [] : [`account ${order.account}`]),
  ]
  return {
    title: [`${what}: 1 core`, `${Math.ceil(order.memoryBytes / MIB)} MiB`, time, ...place].join(', '),
    command: submissionText(commander.adapter, intent.command, request.script),
    scriptPath: request.script,
    script,
    tasks: [],
  }
}
