import type { Host, RunningTask, Transport } from '@chorale/core/contracts'
import { demand, pause, within, type Check, type Scope } from '../check.js'
import { faultOf } from './faults.js'
import { createBackend, observe, runToEnd, type ObservedRequest, type Variation } from './observed-run.js'
import { survives, type BackendTrial } from './trial.js'

/** What was seen of the transport that a backend gave to `host.liveBackend`; all empty for one that runs tasks by itself. */
interface TransportLog {
  /** Milliseconds that each call of `start` took. */
  readonly starts: number[]
  /** Milliseconds that each call of `kill` took to settle; Infinity for one that has not. */
  readonly kills: number[]
  /** Types of events that were emitted after the outcome had settled. */
  readonly late: string[]
  readonly shapeless: string[]
}

const isRunningTask = (value: Partial<RunningTask> | undefined): boolean =>
  typeof value?.stop === 'function' && typeof value.kill === 'function' && typeof value.outcome?.then === 'function'

function watched(transport: Transport, log: TransportLog): Transport {
  return {
    ...(transport.open && { open: context => transport.open!(context) }),
    close: () => transport.close(),
    start: (task, attempt, emit) => {
      let settled = false
      const began = performance.now()
      const running = transport.start(task, attempt, event => {
        if (settled) log.late.push(event.type)
        emit(event)
      })
      log.starts.push(performance.now() - began)
      if (!isRunningTask(running)) log.shapeless.push(task.id)
      const settle = (): void => void (settled = true)
      running.outcome.then(settle, settle)
      const kill = async (): Promise<void> => {
        const asked = performance.now()
        const place = log.kills.push(Infinity) - 1
        await running.kill()
        log.kills[place] = performance.now() - asked
      }
      return Object.assign(Object.create(running) as RunningTask, {
        outcome: running.outcome,
        stop: () => running.stop(),
        kill,
        ...(running.residentBytes && { residentBytes: () => running.residentBytes!() }),
      })
    },
  }
}

/** A host that hands out the harness's own backends over transports that are watched. */
function watchingHost(host: Host, log: TransportLog): Host {
  return { ...host, liveBackend: (name, capabilities, transport) => host.liveBackend(name, capabilities, watched(transport, log)) }
}

async function watch(trial: BackendTrial, scope: Scope, request: ObservedRequest, variation: Variation = {}): Promise<TransportLog> {
  const log: TransportLog = { starts: [], kills: [], late: [], shapeless: [] }
  const run = await observe(trial, scope, request, variation)
  const backend = await createBackend(trial, scope, watchingHost(trial.harness.host(), log))
  await within(trial.startSeconds + trial.stopSeconds, 'the run', runToEnd(backend, run))
  return log
}

const START_MS = 250
/** 2 s, and what a busy machine adds. */
const KILL_MS = 2200
const LATE_MS = 50
const LIMIT_SECONDS = 0.3

const few = { shards: 1, chains: 2, length: 'short' } as const

/** What `host.liveBackend` relies on. A backend that needs no transport keeps these promises by having none. */
export const transportChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'starts a task at once, over its transport',
    run: async (trial, scope) => {
      const { starts, shapeless } = await watch(trial, scope, few)
      demand(shapeless.length === 0, 'start must return outcome, stop and kill')
      const slowest = Math.max(0, ...starts)
      demand(slowest < START_MS, `start took ${slowest.toFixed(0)} ms; it must return at once, and do its work behind outcome`)
    },
  },
  {
    name: 'emits nothing after the outcome, over its transport',
    run: async (trial, scope) => {
      const { late } = await watch(trial, scope, few)
      await pause(LATE_MS)
      demand(late.length === 0, () => `a ${late[0] ?? ''} event came after the outcome of its task had settled`)
    },
  },
  {
    name: 'settles a kill within 2 s, over its transport',
    requires: [survives('hangs')],
    run: async (trial, scope) => {
      const limits = { taskSeconds: LIMIT_SECONDS, attempts: 1 }
      const { kills } = await watch(trial, scope, { ...few, chains: 1 }, { limits, fault: faultOf('hangs', 0) })
      if (kills.includes(Infinity)) await pause(KILL_MS)
      demand(
        kills.every(ms => ms < KILL_MS),
        () => `kill took ${kills.map(ms => (ms === Infinity ? 'for ever' : `${ms.toFixed(0)} ms`)).join(', ')}; it must settle within 2 s`,
      )
    },
  },
]
