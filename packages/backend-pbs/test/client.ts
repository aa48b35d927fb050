import { setTimeout as sleep } from 'node:timers/promises'
import { systemExec, type Clock, type Exec } from '@chorale/core'
import type { DetachableBackend, Log, TaskEvent } from '@chorale/core/contracts'

import { eventsOfType, type TrialRun } from '../../../test/batch/trial-run.js'
import type { PbsOptions } from '../src/index.js'

/** A clock whose minutes pass in seconds: what waits for a scheduler does not keep a test waiting. */
export const fastClock = (scale: number): Clock => ({
  monotonic: () => scale * performance.now(),
  wall: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms / scale)
      signal?.addEventListener('abort', done)
    }),
  every(ms, tick) {
    const timer = setInterval(tick, ms / scale).unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  },
})

export interface ClientOptions {
  readonly exec?: Exec
  readonly log?: Log
  /** How much faster than real time the client's minutes pass. Default 10. */
  readonly scale?: number
}

/** In a clock that is ten times as fast, some polls a second: each is two processes. */
export const POLLS: PbsOptions = { pollIntervalMin: 4, pollIntervalMax: 8, fileLatency: 2 }

/** Every event of a run, until all its tasks ended. */
export async function eventsOf(events: AsyncIterable<TaskEvent>): Promise<readonly TaskEvent[]> {
  const all: TaskEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

export const runAll = async (client: DetachableBackend, run: TrialRun): Promise<readonly TaskEvent[]> =>
  eventsOf(client.run(run.tasks, run.context()))

/** A client that dies when it is about to run qsub, or right after qsub has run: nothing that it waits for ever comes. */
export function dying(when: 'before' | 'after'): { readonly exec: Exec; readonly died: Promise<void> } {
  let tell = (): void => undefined
  const died = new Promise<void>(resolve => (tell = resolve))
  const never = new Promise<never>(() => undefined)
  let dead = false
  const exec: Exec = async (argv, options) => {
    if (dead) return never
    if (argv[0] !== 'qsub') return systemExec(argv, options)
    dead = true
    if (when === 'after') await systemExec(argv, options)
    tell()
    return never
  }
  return { exec, died }
}

/** Commands are given up after so many real milliseconds. */
export const impatient =
  (timeoutMs: number): Exec =>
  (argv, options) =>
    systemExec(argv, { ...options, timeoutMs })

/** Of tests that run beside each other: `expect.poll` is none of any of them once one has ended. */
export async function eventually(isSo: () => Promise<boolean>, what: string, seconds = 60): Promise<void> {
  for (const limit = performance.now() + 1000 * seconds; !(await isSo()); await sleep(50))
    if (performance.now() > limit) throw new Error(`${what} did not come within ${seconds} s`)
}

export const failuresOf = (events: readonly TaskEvent[]): Record<string, { readonly code: string; readonly message: string }> =>
  Object.fromEntries(eventsOfType(events, 'failed').map(({ task, failure: { code, message } }) => [task, { code, message }]))
