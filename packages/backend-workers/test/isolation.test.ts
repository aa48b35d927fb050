import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RunLimits, TaskEvent } from '@chorale/core'
import { describe, expect, onTestFinished, test } from 'vitest'

import { failureOfProcessExit } from '../src/process-exit.js'
import { digestsOf, endingsOf, eventsOf, eventsOfType, trial, workersBackend, type TrialRun } from './trial-run.js'

const SHARDS = 3

/** A run in processes whose shard 1 misbehaves in its first attempt, in the middle of its chain. */
async function misbehaving(
  code: string,
  limits: Partial<RunLimits> = {},
): Promise<{ readonly run: TrialRun; readonly events: readonly TaskEvent[] }> {
  const during = `globalThis.evaluations = (globalThis.evaluations ?? 0) + 1
    if (shard === 1 && globalThis.evaluations > 300 && (globalThis.chosen ||= first('misbehaved'))) { ${code} }`
  const run = await trial({ shards: SHARDS, chains: 1, during })
  return { run, events: await eventsOf(await workersBackend('process'), run, run.context(limits)) }
}

const ALLOCATE = `globalThis.hoard ??= []; for (;;) { globalThis.hoard.push(new Float64Array(2.5e6).fill(1)); sleep(1) }`
const BLOCK = `readFileSync(folder + '/pipe')`

/** A pipe that nobody writes to: reading it never returns. */
const withPipe = (folder: string): void => void execFileSync('mkfifo', [join(folder, 'pipe')])

describe.skipIf(process.platform === 'win32')('in a process of its own, a model that', () => {
  test.each([
    ['is killed', `process.kill(process.pid, 'SIGKILL')`, {}, 'lost', /was ended by SIGKILL/],
    ['has a memory error in native code', `process.kill(process.pid, 'SIGSEGV')`, {}, 'lost', /was ended by SIGSEGV, by a memory error/],
    ['calls process.exit', 'process.exit(0)', {}, 'lost', /exited with code 0/],
    ['allocates without end', ALLOCATE, { memoryBytes: 4e8 }, 'memory', /the limit is 0\.40 GB \(setting backend\.memory\)/],
    ['never returns', 'for (;;);', { heartbeatSeconds: 1.5 }, 'lost', /gave no sign of life/],
  ] as const)('%s costs one attempt of one task, and the others give the same draws', async (_, code, limits, cause, message) => {
    const { run, events } = await misbehaving(code, limits)
    const retrying = eventsOfType(events, 'retrying')
    expect(retrying).toMatchObject([{ task: run.tasks[1]?.id, attempt: 1, next: 2, failure: { cause } }])
    expect(retrying[0]!.failure.message).toMatch(message)
    expect(endingsOf(events)).toEqual({ completed: SHARDS, failed: 0, stopped: 0 })
    expect(digestsOf(events)).toEqual(await undisturbed())
  })

  test('waits inside the system for ever is killed with its process', async () => {
    const run = await trial({ shards: SHARDS, chains: 1, during: `if (shard === 1 && first('blocked')) { ${BLOCK} }` })
    withPipe(run.folder)
    const events = await eventsOf(await workersBackend('process'), run, run.context({ taskSeconds: 8 }))
    expect(eventsOfType(events, 'retrying')).toMatchObject([{ attempt: 1, failure: { cause: 'timeout' } }])
    expect(digestsOf(events)).toEqual(await undisturbed())
  })
})

let expected: Promise<ReturnType<typeof digestsOf>> | undefined
const undisturbed = () =>
  (expected ??= (async () => digestsOf(await eventsOf(await workersBackend(), await trial({ shards: SHARDS, chains: 1 }))))())

test.skipIf(process.platform === 'win32')('a thread inside the system loses its slot; the task is tried again in another', async () => {
  const run = await trial({ shards: SHARDS, chains: 1, during: `if (shard === 1 && first('blocked')) { ${BLOCK} }` })
  withPipe(run.folder)
  const events = await eventsOf(await workersBackend(), run, run.context({ taskSeconds: 8 }))
  expect(eventsOfType(events, 'retrying')).toMatchObject([{ attempt: 1, failure: { cause: 'timeout' } }])
  expect(digestsOf(events)).toEqual(await undisturbed())
  // Whoever opens it lets the thread go on to its end.
  closeSync(openSync(join(run.folder, 'pipe'), 'w'))
})

test('a process runs one task after another, and loads the rows of a shard once', async () => {
  const during = `if ((globalThis.seen ??= new Set()).size === 0) { globalThis.seen.add(1); first('process-' + process.pid) }`
  const run = await trial({ shards: 2, chains: 3, during })
  expect(endingsOf(await eventsOf(await workersBackend('process'), run))).toMatchObject({ completed: 6 })
  expect(readdirSync(run.folder).filter(name => name.startsWith('process-')).length).toBeLessThanOrEqual(2)
})

const isRunning = (pid: number): boolean => {
  try {
    // A zombie is gone, too: nobody has asked for its exit code.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test.skipIf(process.platform !== 'linux')(
  'children outlive a Ctrl-C that their terminal sends them, and end within a second once their parent is killed, with a checkpoint',
  async () => {
    const run = await trial({
      shards: 2,
      chains: 1,
      draws: 100_000,
      during: `(globalThis.once ??= [first('pid-' + process.pid)]); sleep(1)`,
    })
    const { runDirectory } = run.context()
    const file = join(run.folder, 'request.json')
    await writeFile(file, JSON.stringify({ runDirectory, tasks: run.tasks, end: 'cleanup', isolation: 'process' }))
    const parent = spawn(process.execPath, [fileURLToPath(new URL('run-child.mjs', import.meta.url))], {
      env: { ...process.env, REQUEST: file },
      stdio: 'ignore',
    })
    onTestFinished(() => void parent.kill('SIGKILL'))
    const children = (): number[] =>
      readdirSync(run.folder).flatMap(name => (name.startsWith('pid-') ? [Number(name.slice('pid-'.length))] : []))
    for (let i = 0; children().length < 2; i++) {
      if (i > 3000) throw new Error('the children never began')
      await sleep(10)
    }
    for (const pid of children()) for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.kill(pid, signal)
    await sleep(500)
    expect(children().map(isRunning)).toEqual([true, true])
    parent.kill('SIGKILL')
    const killed = performance.now()
    while (children().some(isRunning) && performance.now() - killed < 10_000) await sleep(10)
    console.log(`children ended ${(performance.now() - killed).toFixed(0)} ms after their parent`)
    expect(performance.now() - killed).toBeLessThan(3000)
    for (const { id } of run.tasks) expect(existsSync(join(run.attemptDirectory(id, 1), 'chain.ckpt'))).toBe(true)
  },
)

test.each([
  [{ code: 3, signal: null, asked: false }, 'lost', 'the process of task t exited with code 3 before the task had a result'],
  [{ code: null, signal: 'SIGABRT', asked: false }, 'lost', /ended by SIGABRT, as V8 does when a heap is full/],
  [{ code: null, signal: 'SIGUSR2', asked: false }, 'lost', 'the process of task t was ended by SIGUSR2 before the task had a result'],
  [{ code: null, signal: 'SIGKILL', asked: true }, 'cancelled', 'the process of task t was ended while the task ran'],
] as const)('%j of a process means %s', (exit, cause, message) => {
  const failure = failureOfProcessExit('t', exit)
  expect(failure.cause).toBe(cause)
  if (typeof message === 'string') expect(failure.message).toBe(message)
  else expect(failure.message).toMatch(message)
})
