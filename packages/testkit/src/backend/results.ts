import { demand, type Check } from '../check.js'
import { BROKEN_SHARD, FEW, throwingRun, usualRun } from './evidence.js'
import { observe, type ObservedRun } from './observed-run.js'
import { completedOf, demandEndings, demandFailure, drawsOf, endingOf } from './outcomes.js'
import type { BackendTrial } from './trial.js'

const brokenTasks = ({ tasks }: ObservedRun) => tasks.filter(({ shard }) => shard === BROKEN_SHARD)

/** What tasks come to. */
export const resultChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'gives each task its own result',
    run: async trial => {
      for (const { task, result } of completedOf(await usualRun(trial)))
        demand(result?.task === task, `the result of ${task} is that of ${String(result?.task)}`)
    },
  },
  {
    name: 'names files that exist, with their size and digest',
    run: async trial => {
      const run = await usualRun(trial)
      demand(completedOf(run).length > 0, 'no task completed')
      demand(run.fileProblems.length === 0, () => run.fileProblems.join('; '))
    },
  },
  {
    name: 'gives the same draws as the tasks run directly, bit by bit',
    run: async (trial, scope) => {
      const { draws, tasks } = await usualRun(trial)
      const direct = await observe(trial, scope, FEW)
      for (const task of direct.tasks) {
        const result = await direct.context.runTask(task, { attempt: 1, emit: () => undefined, shouldStop: () => false })
        direct.events.push({ type: 'completed', task: task.id, attempt: 1, at: 0, result })
      }
      const expected = await drawsOf(direct)
      for (const { id } of tasks) {
        demand(draws.has(id), `${id} did not complete`)
        demand(draws.get(id) === expected.get(id), `the draws of ${id} differ from those of the same task run directly`)
      }
    },
  },
  {
    name: 'a model that throws fails its tasks, and no others',
    run: async trial => {
      const run = await throwingRun(trial)
      for (const task of run.tasks) demandEndings(run, [task], task.shard === BROKEN_SHARD ? 'failed' : 'completed')
    },
  },
  {
    name: 'says that a model threw',
    run: async trial => {
      const run = await throwingRun(trial)
      for (const task of brokenTasks(run)) {
        const ending = endingOf(run, task)
        if (ending?.type !== 'failed') continue
        demandFailure(run, task, 'model')
        demand(ending.failure.message !== '' && ending.failure.code !== '', `the failure of ${task.id} has no code or no message`)
      }
    },
  },
  {
    name: 'does not try again what cannot succeed',
    run: async trial => {
      const run = await throwingRun(trial)
      const ids = brokenTasks(run).map(({ id }) => id)
      const attempts = Math.max(0, ...run.events.filter(({ task }) => ids.includes(task)).map(({ attempt }) => attempt))
      demand(attempts <= 1, `a model that throws was tried ${attempts} times; its failure is not retryable`)
    },
  },
]
