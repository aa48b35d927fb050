import type { BackendDefinition, RunContext, RunningTask, Transport } from '@chorale/core/contracts'

/** What a broken transport does otherwise. */
export interface TransportFlaws {
  readonly withoutStop?: boolean
  readonly emitsLate?: boolean
  /** Milliseconds that a kill takes. */
  readonly killMs?: number
}

const LATE_MS = 20
const KILL_MS = 100

/** Runs tasks in this process over a transport, for `host.liveBackend`. */
function toyTransport(flaws: TransportFlaws): Transport {
  let context: RunContext | undefined
  return {
    open: given => {
      context = given
      return Promise.resolve()
    },
    start: (task, attempt, emit) => {
      let stopping = false
      const outcome = context!.runTask(task, { attempt, emit, shouldStop: () => stopping })
      const late = (): void => {
        if (flaws.emitsLate !== true) return
        setTimeout(() => emit({ type: 'log', task: task.id, attempt, at: 0, level: 'info', line: 'by the way' }), LATE_MS)
      }
      outcome.then(late, late)
      const running = {
        outcome,
        stop: () => void (stopping = true),
        kill: async () => {
          stopping = true
          await new Promise(resolve => setTimeout(resolve, flaws.killMs ?? KILL_MS))
        },
      }
      return flaws.withoutStop === true ? ({ outcome, kill: running.kill } as RunningTask) : running
    },
    close: () => Promise.resolve(),
  }
}

export function transportBackend(flaws: TransportFlaws = {}): BackendDefinition<object> {
  const capabilities = { sameProcess: true, supportsSharding: true, maxParallelShards: 2 }
  return {
    name: 'toy-transport',
    summary: 'Runs tasks in this process, over a transport',
    capabilities,
    create: (_, host) => host.liveBackend('toy-transport', capabilities, toyTransport(flaws)),
  }
}
