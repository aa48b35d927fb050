import type { CommandLine, JobRequest, ServerFacts } from '@chorale/core/contracts'
import { demand, type Check } from '../check.js'
import { factsOf, FOLDER, ORDINARY, problemsOf, type SchedulerTrial } from './trial.js'

const PLAIN = 'qwertz'

const NAMES: readonly string[] = [
  'a b',
  "a'b",
  'a"b',
  'a;touch x',
  '$(touch x)',
  '`touch x`',
  'a|b&c>d',
  'a\nb',
  'a\tb',
  'größe-Ω',
  '-x',
  '--wrap=id',
  'a\\b',
  '*',
]
const FOLDERS: readonly string[] = [
  'a b',
  `it's "here"`,
  '$(touch x)',
  '`touch x`',
  'a;b',
  'a\nb',
  'größe-Ω',
  'a:b,c',
  '50%j',
  '^array_index^',
  'back\\slash',
  '*?[1]',
  '~',
]

/** The words of the hostile command are those of the ordinary one with the value in its place. */
function isWordForWord(ordinary: CommandLine, hostile: CommandLine, value: string): boolean {
  return (
    hostile.length === ordinary.length &&
    ordinary.every((word, i) => hostile[i] === word.replaceAll(PLAIN, () => value) && !(word === PLAIN && value.startsWith('-')))
  )
}

function demandPath(ordinary: CommandLine, hostile: CommandLine, script: string | undefined, folder: string): void {
  const told = `with the folder ${JSON.stringify(folder)} the command is ${JSON.stringify(hostile)}`
  demand(hostile.length === ordinary.length, `${told}: it has ${hostile.length} words instead of ${ordinary.length}`)
  demand(script === undefined || hostile.filter(word => word === script).length === 1, `${told}: the script is not one word of it`)
  ordinary.forEach((word, i) => {
    const at = word.indexOf(FOLDER)
    // An adapter may write a character of a path in another way, such as %% for %.
    const holds = at === -1 ? hostile[i] === word : hostile[i]!.startsWith(word.slice(0, at))
    demand(holds, `${told}: ${JSON.stringify(word)} became ${JSON.stringify(hostile[i])}`)
  })
}

const submit = ({ adapter }: SchedulerTrial, request: JobRequest, facts: ServerFacts): CommandLine => adapter.submission(request, facts)

/** Names and paths that mean something to a shell, or to a careless command line. */
export const hostileChecks: readonly Check<SchedulerTrial>[] = [
  {
    name: 'takes a hostile name as one word, or refuses it',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const setting of ['queue', 'account', 'project'] as const) {
        const ordinary = { ...ORDINARY, [setting]: PLAIN }
        if (problemsOf(trial, ordinary, facts).length > 0) continue
        for (const value of NAMES) {
          const request = { ...ORDINARY, [setting]: value }
          if (problemsOf(trial, request, facts).some(problem => problem.setting === setting)) continue
          const hostile = submit(trial, request, facts)
          demand(
            isWordForWord(submit(trial, ordinary, facts), hostile, value),
            () => `check takes the ${setting} ${JSON.stringify(value)}, and the command is ${JSON.stringify(hostile)}`,
          )
        }
      }
    },
  },
  {
    name: 'takes a strange path as one word, or refuses it',
    run: async trial => {
      const facts = await factsOf(trial)
      const ordinary = submit(trial, ORDINARY, facts)
      for (const folder of FOLDERS) {
        const within = (path: string): string => path.replace(FOLDER, () => folder)
        const request = { ...ORDINARY, script: within(ORDINARY.script), output: within(ORDINARY.output) }
        if (problemsOf(trial, request, facts).length > 0) continue
        demandPath(ordinary, submit(trial, request, facts), trial.adapter.scriptAs === 'input' ? undefined : request.script, folder)
      }
    },
  },
]
