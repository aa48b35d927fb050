import { isDeepStrictEqual } from 'node:util'
import type { CommandLine, JobRequest, ServerFacts } from '@chorale/core/contracts'
import { demand, type Check } from '../check.js'
import { acceptedJobs, factsOf, knownAddresses, looksByJob, NAME, ORDINARY, problemsOf, type SchedulerTrial } from './trial.js'

const SHELLS = ['sh', 'bash', 'dash', 'ksh', 'zsh', 'csh', 'tcsh', 'env', 'sudo', 'ssh', 'xargs', 'eval']
const GIB = 2 ** 30

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function demandWords(command: CommandLine, of: string): void {
  demand(Array.isArray(command) && command.length > 0, `${of} must give commands as lists of words`)
  demand(
    command.every(word => typeof word === 'string' && !word.includes('\0')),
    `${of} gives ${JSON.stringify(command)}: every word is a string without NUL`,
  )
  demand(!SHELLS.includes(baseName(command[0])), `${of} runs ${command[0]}: words would be taken apart there`)
  demand(!/\s/.test(command[0]), `${of} runs ${JSON.stringify(command[0])}: the program is a word of its own`)
}

interface Wish {
  readonly what: string
  readonly without: JobRequest
  readonly wanted: JobRequest
  /** What must stand in the command line. */
  readonly names?: readonly string[]
}

function wishes(trial: SchedulerTrial): readonly Wish[] {
  const [job] = acceptedJobs(trial)
  const after = { job: job! }
  const wish = (what: string, part: Partial<JobRequest>, names?: readonly string[], before: Partial<JobRequest> = {}): Wish => ({
    what,
    without: { ...ORDINARY, ...before },
    wanted: { ...ORDINARY, ...part },
    ...(names && { names }),
  })
  return [
    wish('a queue', { queue: 'qwertz' }, ['qwertz']),
    wish('an account', { account: 'qwertz' }, ['qwertz']),
    wish('a project', { project: 'qwertz' }, ['qwertz']),
    wish('a longer walltime', { walltimeSeconds: 7200 }, undefined, { walltimeSeconds: 3600 }),
    wish('more memory', { memoryBytes: 2 * GIB }, undefined, { memoryBytes: GIB }),
    wish('more processors', { cpus: 3 }),
    wish('another folder for its output', { output: '/elsewhere' }, ['/elsewhere']),
    wish('a hold', { held: true }),
    wish('to run after another job', { after }, [trial.adapter.show(after)]),
    wish('to run after several jobs', { afterAll: [after] }, [trial.adapter.show(after)]),
  ]
}

/** An array of so many elements, as core asks for it. */
const arrayOf = ({ arrays: { firstIndex = 0 } }: ServerFacts, length: number, atOnce?: number): JobRequest => ({
  ...ORDINARY,
  array: { first: firstIndex, last: firstIndex + length - 1, ...(atOnce === undefined ? {} : { atOnce }) },
})

const submit = ({ adapter }: SchedulerTrial, request: JobRequest, facts: ServerFacts): CommandLine => adapter.submission(request, facts)

/** What a job is submitted with. */
export const submittingChecks: readonly Check<SchedulerTrial>[] = [
  {
    name: 'gives commands as lists of words, without a shell',
    run: async trial => {
      const facts = await factsOf(trial)
      const addresses = knownAddresses(trial)
      demandWords(submit(trial, ORDINARY, facts), 'submission')
      for (const isArray of [false, true]) {
        const question = trial.adapter.wasDeleted?.({ job: addresses[0]!.job, isArray }, facts)
        if (question) demandWords(question.command, 'wasDeleted')
        demand(question === undefined || !new RegExp(question.yes, 'm').test(''), 'wasDeleted takes no answer for a yes')
      }
      for (const command of trial.adapter.find(NAME, facts)) demandWords(command, 'find')
      for (const detail of ['live', 'ends'] as const)
        for (const command of trial.adapter.look(detail, addresses, facts)) demandWords(command, 'look')
      for (const command of trial.adapter.remove(addresses, facts)) demandWords(command, 'remove')
    },
  },
  {
    name: 'finds nothing wrong with an ordinary job',
    run: async trial => {
      const problems = problemsOf(trial, { ...ORDINARY, walltimeSeconds: 3600, memoryBytes: GIB }, await factsOf(trial))
      demand(
        problems.length === 0,
        () => `check refuses a job that asks for nothing but an hour and a gigabyte: ${JSON.stringify(problems)}`,
      )
    },
  },
  {
    name: 'submits the script under the name that it is looked up by',
    run: async trial => {
      const facts = await factsOf(trial)
      const words = submit(trial, ORDINARY, facts)
      const isWord = words.includes(ORDINARY.script)
      if (trial.adapter.scriptAs === 'input')
        demand(!isWord, () => `the script is the standard input (scriptAs), and a word of ${JSON.stringify(words)} besides`)
      else
        demand(
          isWord,
          () => `the script is not a word of ${JSON.stringify(words)}, and scriptAs does not say that it is the standard input`,
        )
      demand(
        words.some(word => word.endsWith(NAME)),
        () => `the name ${NAME} is not in ${JSON.stringify(words)}: a submission without an answer could not be looked up`,
      )
      if (looksByJob.unmet(trial) !== undefined) return
      const looked = trial.adapter.find(NAME, facts)
      demand(looked.length > 0 && looked.every(command => command.some(word => word.includes(NAME))), 'find must ask for the name')
    },
  },
  {
    name: 'asks for everything that a job needs, or refuses it',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const { what, without, wanted, names = [] } of wishes(trial)) {
        if (problemsOf(trial, wanted, facts).length > 0) continue
        const words = submit(trial, wanted, facts)
        demand(
          !isDeepStrictEqual(words, submit(trial, without, facts)),
          `a job that asks for ${what} is submitted as if it did not, and check says nothing`,
        )
        for (const name of names)
          demand(
            words.some(word => word.includes(name)),
            () => `a job asks for ${what}, and ${name} is not in ${JSON.stringify(words)}`,
          )
      }
    },
  },
  {
    name: 'asks for arrays of the lengths that its server takes',
    run: async trial => {
      const facts = await factsOf(trial)
      const { least, most, throttle } = facts.arrays
      if (most < 2) return
      const array = (length: number, atOnce?: number): JobRequest => arrayOf(facts, length, atOnce)
      const tried = [ORDINARY, array(Math.max(2, least)), array(most), ...(throttle ? [array(most, 2)] : [])]
      const commands = tried.map(request => {
        demand(problemsOf(trial, request, facts).length === 0, `check refuses an array of a length between ${least} and ${most}`)
        return JSON.stringify(submit(trial, request, facts))
      })
      demand(
        new Set(commands).size === commands.length,
        `arrays of ${Math.max(2, least)} and ${most} elements${throttle ? ', with a limit at a time and without,' : ''} must be asked for differently`,
      )
    },
  },
  {
    name: 'counts the elements of an array from where its server does',
    run: async trial => {
      const facts = await factsOf(trial)
      const { least, most, firstIndex = 0 } = facts.arrays
      if (most < 2) return
      const length = Math.min(most, Math.max(17, least))
      const last = firstIndex + length - 1
      const words = submit(trial, arrayOf(facts, length), facts)
      const range = new RegExp(`(?<!\\d)${firstIndex}\\D+${last}(?!\\d)`)
      demand(
        range.test(words.join(' ')),
        () => `the elements of an array are ${firstIndex} to ${last}, and ${JSON.stringify(words)} does not ask for these`,
      )
      const below = knownAddresses(trial).find(({ index }) => index !== undefined && index < firstIndex)
      demand(
        below === undefined,
        () => `the recordings have the element ${below!.index}, and arrays.firstIndex says that there is none below ${firstIndex}`,
      )
    },
  },
]
