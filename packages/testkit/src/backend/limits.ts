import { TaskError, type Task } from '@chorale/core/contracts'
import { demand, type Check } from '../check.js'
import type { BackendTrial } from './check-backend.js'
import { createBackend, observe, runToEnd, wrongEndings, type ObservedRun, type Variation } from './observed-run.js'

/** More of everything than any limit below allows at a time. */
const crowd = { shards: 4, chains: 3, length: 'short' } as const
const UNLIMITED = 64

async function runCrowd(
  trial: BackendTrial,
  scope: Parameters<Check<BackendTrial>['run']>[1],
  parallelTasks: number,
): Promise<ObservedRun> {
  const run = await observe(trial, scope, crowd, { limits: { parallelTasks } })
  await runToEnd(await createBackend(trial, scope), run)
  return run
}

function shardLimit({ capabilities: { supportsSharding, maxParallelShards } }: BackendTrial): number {
  return supportsSharding ? maxParallelShards : 1
}

/** A retryable loss, as of a killed process. */
const lost = (task: string): TaskError =>
  new TaskError({ cause: 'lost', code: 'CHORALE_TASK_LOST', message: `the process of ${task} vanished`, retryable: true })

const ATTEMPTS = 3

/** One task is lost once; the other oftener than it may be attempted, but not for ever. */
const lossesOf = ({ shard }: Task): number => (shard === 0 ? 1 : ATTEMPTS + 2)

export const limitChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'keeps to the limit of tasks in flight',
    run: async (trial, scope) => {
      const { inFlight } = await runCrowd(trial, scope, 2)
      demand(inFlight.mostTasks <= 2, () => `${inFlight.mostTasks} tasks ran at a time; limits.parallelTasks was 2`)
    },
  },
  {
    name: 'keeps to the declared number of shards in flight',
    skip: trial => (shardLimit(trial) >= crowd.shards ? `declares maxParallelShards: ${shardLimit(trial)}` : undefined),
    run: async (trial, scope) => {
      const { inFlight } = await runCrowd(trial, scope, UNLIMITED)
      const limit = shardLimit(trial)
      demand(inFlight.mostShards <= limit, () => `${inFlight.mostShards} shards ran at a time; declared is ${limit}`)
    },
  },
  {
    name: 'runs one chain of a shard at a time',
    skip: ({ capabilities: { supportsParallelChains } }) => (supportsParallelChains ? 'declares supportsParallelChains: true' : undefined),
    run: async (trial, scope) => {
      const { inFlight } = await runCrowd(trial, scope, UNLIMITED)
      demand(inFlight.mostChains <= 1, () => `${inFlight.mostChains} chains of a shard ran at a time; supportsParallelChains is false`)
    },
  },
  {
    name: 'numbers attempts upwards from 1 and not beyond the limit',
    run: async (trial, scope) => {
      const given = new Map<string, number[]>()
      const variation: Variation = {
        limits: { attempts: ATTEMPTS },
        beforeTask: (task, { attempt }) => {
          const attempts = [...(given.get(task.id) ?? []), attempt]
          given.set(task.id, attempts)
          if (attempts.length <= lossesOf(task)) throw lost(task.id)
        },
      }
      const run = await observe(trial, scope, { shards: 2, chains: 1, length: 'short' }, variation)
      await runToEnd(await createBackend(trial, scope), run)
      const wrong = wrongEndings(run, ['completed', 'failed'])
      demand(wrong.length === 0, () => `after lost attempts: ${wrong.join('; ')}`)
      for (const { id } of run.tasks) {
        const attempts = given.get(id) ?? []
        const rise = attempts.every((attempt, i) => (i === 0 ? attempt === 1 : attempt > attempts[i - 1]!))
        demand(rise, `runTask was given the attempts ${attempts.join(', ')} of ${id}; they must rise from 1`)
        demand(attempts.length <= ATTEMPTS, `${id} was attempted ${attempts.length} times; limits.attempts was ${ATTEMPTS}`)
        const events = run.events.filter(({ task, attempt }) => task === id && attempt > 0).map(({ attempt }) => attempt)
        const ordered = events.every((attempt, i) => i === 0 || attempt >= events[i - 1]!)
        demand(ordered, `the events of ${id} have the attempts ${events.join(', ')}; they must not fall`)
      }
    },
  },
]
