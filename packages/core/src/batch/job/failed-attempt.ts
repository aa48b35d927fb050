import { hostname } from 'node:os'
import type { TaskFailure } from '../../contracts/task.js'
import { toJsonText, writeOnce } from '../../run-directory/atomic-file.js'
import { claimAttempt, writeEnded, writeStarted } from '../../run-directory/attempt.js'
import { jobRecordFile, type JobRecord } from '../job-files.js'

/** An attempt of a task that ends before it computes anything: its records say why, to every client. */
export async function recordFailedAttempt(
  run: string,
  task: string,
  failure: TaskFailure,
  job: Omit<JobRecord, 'format' | 'at'>,
): Promise<void> {
  const claimed = await claimAttempt(run, task, 1)
  const at = Date.now()
  await writeOnce(jobRecordFile(claimed.directory), toJsonText({ format: 1, ...job, at } satisfies JobRecord), { sync: 'none' })
  await writeStarted(task, claimed)
  await writeEnded(run, claimed.directory, {
    format: 1,
    task,
    attempt: claimed.attempt,
    at,
    seconds: 0,
    node: hostname(),
    status: 'failed',
    failure,
  })
}
