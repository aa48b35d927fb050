/** What the jobs of a run have used, from the records of the attempts that they made. */
import { readdir, readFile } from 'node:fs/promises'
import type { EndedRecord, ProcessUsage } from '../../run-directory/attempt.js'
import { attemptDirectory, endedRecord, taskDirectory } from '../../run-directory/layout.js'
import { beatFile, jobRecordFile, type JobBeat, type JobRecord } from '../job-files.js'
import type { Submission } from '../submission/submission-records.js'

/** One job, or one element of an array, as often as it was started. */
export interface JobUsage {
  readonly submission: Submission
  /** Of its first task: `sample`, `evaluate` or `conditional`. */
  readonly kind: string
  /** Of its process, as last recorded. */
  readonly usage: ProcessUsage
}

/** What one task took in all of its attempts. */
export interface TaskTime {
  readonly task: string
  readonly seconds: number
  /** Times that it stopped at its walltime and went on in another job. */
  readonly stops: number
}

/** Files that are read at a time. */
const AT_ONCE = 32

interface AttemptUsage {
  readonly task: string
  readonly job: JobRecord
  readonly ended: EndedRecord | undefined
  readonly usage: ProcessUsage | undefined
}

/** Of every task of these submissions that a job has begun. A job that was killed counts with what it had recorded until then. */
export async function jobUsages(
  run: string,
  submissions: readonly Submission[],
): Promise<{ readonly jobs: readonly JobUsage[]; readonly tasks: readonly TaskTime[] }> {
  const numbers = new Map(submissions.map(submission => [submission.number, submission]))
  const tasks = [...new Set(submissions.flatMap(({ intent }) => intent.elements.flat()))]
  const attempts: AttemptUsage[] = []
  const times: TaskTime[] = []
  for (let from = 0; from < tasks.length; from += AT_ONCE) {
    const some = await Promise.all(tasks.slice(from, from + AT_ONCE).map(task => attemptsOf(run, task)))
    attempts.push(...some.flat())
    times.push(...some.flatMap(timeOf))
  }
  const jobs = new Map<string, JobUsage>()
  for (const { task, job, usage } of attempts) {
    const submission = numbers.get(job.submission)
    if (!usage || !submission) continue
    const key = `${job.submission} ${job.index} ${job.host} ${job.pid}`
    const before = jobs.get(key)
    jobs.set(key, { submission, kind: before?.kind ?? task.split('-')[0]!, usage: before ? most(before.usage, usage) : usage })
  }
  return { jobs: [...jobs.values()], tasks: times }
}

/** What a process has used only grows. */
const most = (a: ProcessUsage, b: ProcessUsage): ProcessUsage => ({
  seconds: Math.max(a.seconds, b.seconds),
  cpuSeconds: Math.max(a.cpuSeconds, b.cpuSeconds),
  peakMemoryBytes: Math.max(a.peakMemoryBytes, b.peakMemoryBytes),
})

function timeOf(attempts: readonly AttemptUsage[]): readonly TaskTime[] {
  const [first] = attempts
  if (!first) return []
  const stops = attempts.filter(({ ended }) => ended?.status === 'stopped' && ended.reason === 'walltime').length
  return [
    { task: first.task, seconds: attempts.reduce((sum, { ended, usage }) => sum + (ended?.seconds ?? usage?.seconds ?? 0), 0), stops },
  ]
}

async function attemptsOf(run: string, task: string): Promise<readonly AttemptUsage[]> {
  const names = await readdir(taskDirectory(run, task)).catch(() => [])
  const found = await Promise.all(
    names
      .filter(name => /^\d{3,}$/.test(name))
      .map(async (name): Promise<readonly AttemptUsage[]> => {
        const directory = attemptDirectory(run, task, Number(name))
        const job = await readJson<JobRecord>(jobRecordFile(directory))
        if (!job) return []
        const ended = await readJson<EndedRecord>(endedRecord(directory))
        const usage = ended?.usage ?? (await readJson<JobBeat>(beatFile(directory)))?.usage
        return [{ task, job, ended, usage }]
      }),
  )
  return found.flat()
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
