import { isDeepStrictEqual } from 'node:util'
import { demand, type Check } from '../check.js'
import { demandFewRemovals, jobsToRemove } from './looking.js'
import { factsOf, idsIn, NAME, type SchedulerTrial } from './trial.js'

/** Jobs whose ids were lost, and jobs that are to go. */
export const findingAndRemovingChecks: readonly Check<SchedulerTrial>[] = [
  {
    name: 'finds jobs by their whole name',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const { name, answers, jobs } of trial.recordings.finds) {
        const read = trial.adapter.readFind(answers, name, facts)
        const found = read.jobs?.map(({ job }) => job).sort()
        demand(
          isDeepStrictEqual(found, [...jobs].sort()),
          () => `looking for ${name} should find ${JSON.stringify(jobs)}, and found ${JSON.stringify(read)}`,
        )
      }
    },
  },
  {
    name: 'takes silence of the server for no proof that a job is not there',
    run: async trial => {
      const facts = await factsOf(trial)
      const answers = trial.adapter.find(NAME, facts).map(() => trial.recordings.silent)
      const { jobs } = trial.adapter.readFind(answers, NAME, facts)
      demand(
        jobs === undefined,
        'jobs must be undefined where the look-up failed: an empty list means that the job is not there, and it would be submitted again',
      )
    },
  },
  {
    name: 'removes many jobs in few commands of bounded length, each once',
    run: async trial => {
      const jobs = jobsToRemove(trial)
      const commands = trial.adapter.remove(jobs, await factsOf(trial))
      demandFewRemovals(commands)
      const counts = new Map<string, number>()
      for (const id of idsIn(commands)) counts.set(id, (counts.get(id) ?? 0) + 1)
      const wrong = jobs.map(trial.adapter.show).find(id => counts.get(id) !== 1)
      demand(wrong === undefined, () => `${wrong} is removed ${counts.get(wrong!) ?? 0} times`)
    },
  },
  {
    name: 'reads what became of a removal',
    run: async trial => {
      const facts = await factsOf(trial)
      const silent = { answer: trial.recordings.silent, accepted: false, transient: true }
      for (const { answer, accepted, transient } of [...trial.recordings.removals, silent]) {
        const read = trial.adapter.readRemoval(answer, facts)
        demand(
          read.accepted === accepted && (transient === undefined || read.transient === transient),
          () => `${JSON.stringify(answer)} was read as ${JSON.stringify(read)}`,
        )
      }
    },
  },
]
