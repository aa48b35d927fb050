import type { CommandLine, JobView } from '@chorale/core/contracts'
import { demand, type Check } from '../check.js'
import type { ExpectedView } from './recordings.js'
import { factsOf, idsIn, knownAddresses, looksByJob, manyJobs, type SchedulerTrial } from './trial.js'

const MANY = 3000
/** One word may have 128 kB on Linux, and a command line not much more elsewhere. */
const MOST_CHARACTERS = 64_000
const JOBS_A_COMMAND = 20

/** Few commands, none of them too long. */
function demandFew(commands: readonly CommandLine[], most: number, what: string): void {
  const longest = Math.max(...commands.map(command => command.join(' ').length))
  demand(longest <= MOST_CHARACTERS, `${what} ${MANY} jobs takes a command line of ${longest} characters; ${MOST_CHARACTERS} are safe`)
  demand(commands.length <= most, `${what} ${MANY} jobs takes ${commands.length} commands; ${most} are enough`)
}

const isOf = (expected: ExpectedView, { job, index }: JobView): boolean => job === expected.job && index === expected.index

function demandView(expected: ExpectedView, views: readonly JobView[]): void {
  const { state, cause, exitCode, neverRuns } = expected
  const name = JSON.stringify(expected)
  const view = views.find(candidate => isOf(expected, candidate))
  demand(view !== undefined, `nothing was read of ${name}`)
  demand(view.state === state, `${name} was read as ${JSON.stringify(view)}`)
  demand(view.word !== '', `the scheduler's own word for the state of ${name} is missing`)
  demand(cause === undefined || view.end?.cause === cause, `${name} was read with the end ${JSON.stringify(view.end)}`)
  demand(exitCode === undefined || view.end?.exitCode === exitCode, `${name} was read with the exit code ${view.end?.exitCode}`)
  demand(neverRuns === undefined || view.neverRuns === neverRuns, `${name} was read with neverRuns: ${view.neverRuns}`)
  demand(view.end === undefined || view.state === 'ended', `${name} has an end although it is ${view.state}`)
}

/** Questions about jobs, and what whole answers say. */
export const lookingChecks: readonly Check<SchedulerTrial>[] = [
  {
    name: 'shows each job in a way of its own',
    run: trial => {
      const shown = knownAddresses(trial).map(trial.adapter.show)
      demand(new Set(shown).size === shown.length, () => `two addresses look alike: ${shown.join(' ')}`)
      const odd = shown.find(text => text === '' || /\s/.test(text) || text.startsWith('-'))
      demand(odd === undefined, `${JSON.stringify(odd)} is no word that a command can take`)
    },
  },
  {
    name: 'asks for the jobs that it is to ask for, and no others',
    requires: [looksByJob],
    run: async trial => {
      const facts = await factsOf(trial)
      const addresses = knownAddresses(trial)
      for (const detail of ['live', 'ends'] as const) {
        const asked = addresses.filter((_, i) => i % 2 === 0)
        const ids = idsIn(trial.adapter.look(detail, asked, facts))
        const missing = asked.map(trial.adapter.show).find(id => !ids.includes(id))
        demand(missing === undefined, `${missing} is to be looked at (${detail}), and is in no command as show writes it`)
        const stranger = addresses
          .filter(address => !asked.includes(address))
          .map(trial.adapter.show)
          .find(id => ids.includes(id))
        demand(stranger === undefined, `${stranger} is asked for, and nobody wants to know`)
      }
    },
  },
  {
    name: 'asks for many jobs in few commands of bounded length',
    run: async trial => {
      const facts = await factsOf(trial)
      const jobs = manyJobs(trial, MANY)
      demandFew(trial.adapter.look('live', jobs, facts), MANY / JOBS_A_COMMAND, 'looking at')
      // Some can tell the end of one job at a time only, and core asks for few.
      demandFew(trial.adapter.look('ends', jobs, facts), MANY + MANY / JOBS_A_COMMAND, 'asking for the ends of')
    },
  },
  {
    name: 'reads what the scheduler says of jobs',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const { detail, answers, views } of trial.recordings.looks) {
        const read = trial.adapter.readLook(detail, answers, facts)
        demand(read.complete && read.problems.length === 0, () => `a whole answer was not read as one: ${read.problems.join('; ')}`)
        for (const view of views) if (view.state !== 'unknown') demandView(view, read.views)
        const stranger = read.views.find(view => !views.some(expected => isOf(expected, view)))
        demand(stranger === undefined, () => `${JSON.stringify(stranger)} was read, which the answer does not have`)
      }
    },
  },
  {
    name: 'keeps a job in a state that it does not know',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const { detail, answers, views } of trial.recordings.looks) {
        const read = trial.adapter.readLook(detail, answers, facts)
        for (const view of views) if (view.state === 'unknown') demandView(view, read.views)
      }
    },
  },
]

/** Also for removals. */
export const demandFewRemovals = (commands: readonly CommandLine[]): void => demandFew(commands, MANY / JOBS_A_COMMAND, 'removing')
export const jobsToRemove = (trial: SchedulerTrial): ReturnType<typeof manyJobs> => manyJobs(trial, MANY)
