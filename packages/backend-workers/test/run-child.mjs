/** Runs the tasks of a request with the built backend, prints what happened to them, and ends without calling process.exit. */
import { readFileSync } from 'node:fs'
import { hostOf, runTaskFromBundle } from '@chorale/core'

import { workers } from '../dist/index.js'

const { runDirectory, tasks, end, isolation = 'thread' } = JSON.parse(readFileSync(process.env.REQUEST, 'utf8'))
const log = { info: () => undefined, warn: () => undefined }
const host = hostOf(log)
const context = {
  runDirectory,
  signal: new AbortController().signal,
  log,
  limits: { parallelTasks: 2, memoryBytes: Infinity, taskSeconds: 600, heartbeatSeconds: 600, attempts: 2 },
  runTask: (task, hooks) => runTaskFromBundle(runDirectory, task, hooks),
}

const backend = await workers.create({ isolation }, host)
const events = []
for await (const event of backend.run(tasks, context)) events.push(event)
const endings = events.filter(({ type }) => ['completed', 'failed', 'stopped'].includes(type)).map(({ type }) => type)
process.stdout.write(JSON.stringify({ endings, retrying: events.filter(({ type }) => type === 'retrying') }))
if (end === 'cleanup') await backend.cleanup()
