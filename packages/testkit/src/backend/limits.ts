import type { RunLimits, Task, TaskEvent } from '@chorale/core/contracts'
import { demand, within, type Check, type Scope } from '../check.js'
import { faultOf } from './faults.js'
import { InFlight } from './in-flight.js'
import { createBackend, isFinal, observe, ranToEnd, runToEnd, type ObservedRun, type Variation } from './observed-run.js'
import { demandFailure } from './outcomes.js'
import { declares, shardLimitBelow, survives, type BackendTrial } from './trial.js'

const SHARDS = 4
/** More of everything than any limit below allows at a time. */
const crowd = { shards: SHARDS, chains: 2, length: 'short' } as const
const UNLIMITED = 64

/** `started` events, of tasks of other processes too, up to the end of their attempt. */
function startedAtATime(tasks: readonly Task[], events: readonly TaskEvent[]): InFlight {
  const seen = new InFlight()
  for (const event of events) {
    const task = tasks.find(({ id }) => id === event.task)
    if (event.type === 'started' && task) seen.begin(task)
    if (isFinal(event) || event.type === 'retrying') seen.end(event.task)
  }
  return seen
}

type Count = 'mostTasks' | 'mostShards' | 'mostChains'

async function mostOf(count: Count, trial: BackendTrial, scope: Scope, parallelTasks: number): Promise<number> {
  const run = await ranToEnd(trial, scope, crowd, { limits: { parallelTasks } })
  return Math.max(run.inFlight[count], startedAtATime(run.tasks, run.events)[count])
}

/** A single long task under limits that it exceeds, until it is ended because of them. */
async function exceeding(trial: BackendTrial, scope: Scope, limits: Partial<RunLimits>, variation: Variation = {}): Promise<ObservedRun> {
  const backend = await createBackend(trial, scope)
  const controller = new AbortController()
  scope.defer(() => controller.abort('cancel'))
  const request = { shards: 1, chains: 1, length: 'long', signal: controller.signal } as const
  const run = await observe(trial, scope, request, { ...variation, limits: { attempts: 1, ...limits } })
  await within(trial.startSeconds + trial.stopSeconds, 'a task that exceeds its limit', runToEnd(backend, run))
  return run
}

const LIMIT_SECONDS = 0.3

/** What a run allows a backend, and what a backend says of itself. */
export const limitChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'keeps to the limit of tasks in flight',
    run: async (trial, scope) => {
      const most = await mostOf('mostTasks', trial, scope, 1)
      demand(most <= 1, `${most} tasks ran at a time; limits.parallelTasks was 1`)
    },
  },
  {
    name: 'runs one shard at a time',
    requires: [declares('supportsSharding', false)],
    run: async (trial, scope) => {
      const most = await mostOf('mostShards', trial, scope, UNLIMITED)
      demand(most <= 1, `${most} shards ran at a time; supportsSharding is false`)
    },
  },
  {
    name: 'keeps to the declared number of shards in flight',
    requires: [declares('supportsSharding', true), shardLimitBelow(SHARDS)],
    run: async (trial, scope) => {
      const most = await mostOf('mostShards', trial, scope, UNLIMITED)
      const { maxParallelShards } = trial.capabilities
      demand(most <= maxParallelShards, `${most} shards ran at a time; maxParallelShards is ${maxParallelShards}`)
    },
  },
  {
    name: 'runs one chain of a shard at a time',
    requires: [declares('supportsParallelChains', false)],
    run: async (trial, scope) => {
      const most = await mostOf('mostChains', trial, scope, UNLIMITED)
      demand(most <= 1, `${most} chains of a shard ran at a time; supportsParallelChains is false`)
    },
  },
  {
    name: 'ends a task that runs longer than it may',
    run: async (trial, scope) => {
      const run = await exceeding(trial, scope, { taskSeconds: LIMIT_SECONDS })
      demandFailure(run, run.tasks[0]!, 'timeout')
    },
  },
  {
    name: 'gives up a task that falls silent',
    requires: [survives('hangs')],
    run: async (trial, scope) => {
      const run = await exceeding(trial, scope, { heartbeatSeconds: LIMIT_SECONDS }, { fault: faultOf('hangs', 0) })
      demandFailure(run, run.tasks[0]!, 'lost')
    },
  },
  {
    name: 'ends a task whose process takes more memory than it may',
    requires: [declares('isolation', 'process')],
    run: async (trial, scope) => {
      const run = await exceeding(trial, scope, { memoryBytes: 1 })
      demandFailure(run, run.tasks[0]!, 'memory')
    },
  },
]
