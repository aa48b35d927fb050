import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DRAWS_FILE,
  TaskError,
  TaskStoppedError,
  encodeRows,
  encodeRowsHeader,
  type SampleTask,
  type TaskHooks,
  type TaskResult,
} from '@chorale/core/contracts'
import { createStream } from '@chorale/random'
import type { RunRequest } from './harness.js'
import { sha256 } from './outcomes.js'

const ROUNDS = { short: 4, long: 1e6 } as const
const DRAWS_PER_ROUND = 10
const ROUND_MS = { short: 1, long: 5 } as const

export const DRAWS = ROUNDS.short * DRAWS_PER_ROUND

/** Makes the folder of the first attempt from `from` on that nobody has claimed. */
function claim(directoryOf: (attempt: number) => string, from: number): { readonly attempt: number; readonly directory: string } {
  for (let attempt = from; ; attempt++) {
    const directory = directoryOf(attempt)
    if (existsSync(directory)) continue
    mkdirSync(directory, { recursive: true })
    return { attempt, directory }
  }
}

const PAGE_DOUBLES = 512

/** Two columns of so many rows, resident: a number in each page of theirs. */
function columnsOf(rows: number): Float64Array {
  const columns = new Float64Array(2 * rows)
  for (let i = 0; i < columns.length; i += PAGE_DOUBLES) columns[i] = 1
  return columns
}

function* positions(task: SampleTask): Generator<number, never> {
  const stream = createStream(task.key)
  let x = 0
  for (;;) {
    const proposal = x + 2 * stream.normal()
    const [before, after] = [x - task.shard, proposal - task.shard]
    if (Math.log(stream.uniform()) < 0.5 * (before * before - after * after)) x = proposal
    yield x
  }
}

/**
 * One chain of random-walk Metropolis (Metropolis et al. 1953) on Normal(shard, 1), written to disk round by round in a folder of its own: all that a backend can
 * see of a task, in milliseconds.
 */
export async function runRandomWalk(
  task: SampleTask,
  hooks: TaskHooks,
  directoryOf: (attempt: number) => string,
  { length, throwingShard, rows = 0 }: RunRequest,
): Promise<TaskResult> {
  const { attempt, directory } = claim(directoryOf, hooks.attempt)
  const file = join(directory, DRAWS_FILE)
  const base = { task: task.id, attempt }
  hooks.emit({ type: 'started', ...base, at: Date.now(), where: 'this process' })
  const columns = columnsOf(rows)
  appendFileSync(file, encodeRowsHeader(['x0']))
  const chain = positions(task)
  for (let round = 0; round < ROUNDS[length]; round++) {
    if (hooks.shouldStop()) throw new TaskStoppedError({ ...base, iteration: round, reason: 'stop' })
    if (task.shard === throwingShard)
      throw new TaskError({ cause: 'model', code: 'CHORALE_MODEL_THREW', message: 'the model threw: on purpose', retryable: false })
    appendFileSync(file, encodeRows(Float64Array.from({ length: DRAWS_PER_ROUND }, () => chain.next().value)))
    hooks.emit({ type: 'progress', ...base, at: Date.now(), done: round + 1, total: ROUNDS[length], divergences: 0 })
    await sleep(ROUND_MS[length])
  }
  if (rows > 0 && columns[0] !== 1) throw new Error('somebody wrote into the columns of the trial')
  const content = readFileSync(file)
  const files = [{ path: DRAWS_FILE, bytes: content.length, digest: sha256(content) }]
  return { format: 1, ...base, files, seconds: 0, node: 'this process' }
}
