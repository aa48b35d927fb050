import { readSubmissions, type Submission } from './submission-records.js'

/** What the scheduler took of a run's tasks by one command, and may still have. */
export interface SubmittedJob {
  /** As the scheduler named it. */
  readonly job: string
  /** Elements of the array; 1 for a single job. */
  readonly jobs: number
  readonly tasks: number
  /** The job that it waits for, to go on where that stops; null for one that waits for nothing. */
  readonly after: string | null
}

/** Submissions of tasks that the scheduler took and nobody has taken back, by their records alone. `rejected`: there were submissions, and none of them is left. */
export async function submittedJobs(run: string): Promise<{ readonly jobs: readonly SubmittedJob[]; readonly rejected: boolean }> {
  const all = (await readSubmissions(run)).filter(({ intent }) => intent.client === undefined)
  const jobOf = ({ answer }: Submission): string | undefined => (answer?.kind === 'accepted' ? answer.job : undefined)
  const byNumber = new Map(all.map(submission => [submission.number, submission]))
  const jobs = all.flatMap((submission): readonly SubmittedJob[] => {
    const { intent, revoked } = submission
    const job = jobOf(submission)
    if (job === undefined || revoked) return []
    const before = intent.continues === null ? undefined : byNumber.get(intent.continues)
    const after = (before && jobOf(before)) ?? null
    return [{ job, jobs: intent.elements.length, tasks: intent.elements.flat().length, after }]
  })
  return { jobs, rejected: all.length > 0 && all.every(({ answer, revoked }) => revoked !== undefined || answer?.kind === 'refused') }
}
