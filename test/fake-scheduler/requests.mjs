import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { markEnd, markNeverRan } from './ends.mjs'
import { pause } from './faults.mjs'
import { isAlive, releaseSlots } from './state.mjs'

let made = 0

/**
 * Asks the supervisor of a job: `{ type: 'delete', index?, by, force? }`, `{ type: 'rerun', index? }`, `{ type: 'release' }`, `{ type: 'forget' }`.
 * Returns whether it did so: a supervisor that is gone does not.
 */
export function ask(state, job, request) {
  const folder = join(state.folderOf(job.seq), 'requests')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${String(Date.now()).padStart(15, '0')}-${process.pid}-${++made}.json`)
  writeFileSync(`${path}.tmp`, JSON.stringify(request))
  renameSync(`${path}.tmp`, path)
  for (let waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
    if (!existsSync(path)) return true
    const { supervisor } = state.read(job.seq) ?? {}
    if (supervisor !== undefined && !isAlive(supervisor)) return !existsSync(path)
    pause(STEP_MS)
  }
  return false
}

const PATIENCE_MS = 5000
const STEP_MS = 10

/** What the supervisor does with a request. */
export function answerRequest({ job, running, switches, requeue }, { type, index, by, force }) {
  if (type === 'release') job.hold = ''
  for (const [position, element] of job.elements.entries()) {
    if (index !== undefined && element.index !== index) continue
    if (type === 'rerun' && element.state !== 'F') requeue(position, switches)
    if (type !== 'delete' || element.state === 'F') continue
    const here = running.get(position)
    if (!here) markNeverRan(job, element, { cause: 'deleted', by })
    else if (here.execution.end) {
      here.execution.end = { ...here.execution.end, cause: 'deleted', by }
      here.released = true
    } else if (force && switches.node === 'down') {
      here.execution.drop()
      releaseSlots(here.slots)
      running.delete(position)
      markEnd(job, element, { cause: 'deleted', by })
    } else here.execution.kill({ cause: 'deleted', by }, switches, {}, force ? 'SIGKILL' : 'SIGTERM')
  }
}
