import type { Task } from '@chorale/core/contracts'
import { demand, type Check } from '../check.js'
import { ATTEMPTS, BROKEN_SHARD, FEW, losingRun, usualRun } from './evidence.js'
import { faultOf } from './faults.js'
import { ranToEnd, type ObservedRun } from './observed-run.js'
import { demandEndings, demandFailure, demandSameDraws } from './outcomes.js'
import { survives, survivesInProcess, type BackendTrial } from './trial.js'

const isLost = ({ shard }: Task): boolean => shard === BROKEN_SHARD

/** The attempts that the events of a task name, in their order. */
const attemptsOf = ({ events }: ObservedRun, { id }: Task): readonly number[] =>
  events.filter(({ task, attempt }) => task === id && attempt > 0).map(({ attempt }) => attempt)

/** Attempts of tasks that are lost, and those after them. */
export const attemptChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'a lost attempt costs its task one attempt, and the others nothing',
    requires: [survives('exits')],
    run: async trial => {
      const run = await losingRun(trial)
      demandEndings(run, run.tasks, 'completed')
      for (const task of run.tasks.filter(one => !isLost(one)))
        demand(
          attemptsOf(run, task).every(attempt => attempt === 1),
          `${task.id} was tried again, although another task was lost`,
        )
    },
  },
  {
    name: 'a killed process costs its task one attempt, and the others nothing',
    requires: [survivesInProcess('killed')],
    run: async (trial, scope) => {
      const run = await ranToEnd(trial, scope, FEW, { limits: { attempts: ATTEMPTS }, fault: faultOf('killed', BROKEN_SHARD, 1) })
      demandEndings(run, run.tasks, 'completed')
    },
  },
  {
    name: 'gives the same draws after a lost attempt',
    requires: [survives('exits')],
    run: async trial => demandSameDraws(await losingRun(trial), await usualRun(trial), 'are others after a lost attempt'),
  },
  {
    name: 'says why it tries again',
    requires: [survives('exits')],
    run: async trial => {
      const run = await losingRun(trial)
      for (const { id } of run.tasks.filter(isLost)) {
        const retrying = run.events.find(event => event.type === 'retrying' && event.task === id)
        demand(retrying?.type === 'retrying', `no retrying event of ${id} came, although an attempt of it was lost`)
        demand(retrying.failure.cause === 'lost', `${id} is tried again because of "${retrying.failure.cause}", but it was lost`)
        demand(retrying.next > retrying.attempt, `the attempt after ${retrying.attempt} is said to be ${retrying.next}`)
      }
    },
  },
  {
    name: 'numbers attempts upwards from 1',
    requires: [survives('exits')],
    run: async trial => {
      const run = await losingRun(trial)
      for (const task of run.tasks) {
        const attempts = run.given.get(task.id) ?? []
        const rise = attempts.every((attempt, i) => (i === 0 ? attempt === 1 : attempt > attempts[i - 1]!))
        demand(rise, `runTask was given the attempts ${attempts.join(', ')} of ${task.id}; they must rise from 1`)
        const told = attemptsOf(run, task)
        const ordered = told.every((attempt, i) => i === 0 || attempt >= told[i - 1]!)
        demand(ordered, `the events of ${task.id} have the attempts ${told.join(', ')}; they must not fall`)
      }
    },
  },
  {
    name: 'fails a task that is lost as often as it may be tried',
    requires: [survives('exits')],
    run: async (trial, scope) => {
      const fault = faultOf('exits', BROKEN_SHARD, ATTEMPTS)
      const run = await ranToEnd(trial, scope, FEW, { limits: { attempts: ATTEMPTS }, fault })
      for (const task of run.tasks.filter(isLost)) demandFailure(run, task, 'lost')
    },
  },
]
