import type { RunContext } from '../contracts/backend.js'
import type { Task } from '../contracts/task.js'
import { batchEntryPath } from './job-files.js'
import type { BatchSettings } from './batch-settings.js'
import type { Commander } from './commander.js'
import { shellWord } from './job-script.js'
import { firstNeeds } from './needs.js'
import { planSubmissions } from './submission-plan.js'
import { Submitter } from './submitter.js'

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
      command: intent.command.map(shellWord).join(' '),
      scriptPath: request.script,
      script,
      tasks: elements.flat(),
    })
  }
  return previews
}
