/** What a batch job executes: `node <this file> RUN SUBMISSION INDEX STARTED JOB`. Bundled into one file of the run, which is also the file of its threads. */
import { isMainThread } from 'node:worker_threads'
import { JOB_EXIT } from '../job-files.js'
import { runElement } from './run-element.js'
import { runTaskOfThread } from './task-thread.js'

async function main(): Promise<void> {
  const [run, submission, index, started, job] = process.argv.slice(2) as [string, string, string, string, string]
  const request = {
    run,
    submission: Number(submission),
    index: Number(index),
    started: Number(started),
    job,
    entry: new URL(import.meta.url),
  }
  const code = await runElement(request).catch((error: unknown) => {
    console.log('chorale: the job could not run:', error)
    return JOB_EXIT.environment
  })
  process.exit(code)
}

if (isMainThread) void main()
else void runTaskOfThread()
