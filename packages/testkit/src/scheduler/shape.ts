import { demand, isPlain, rejectionOf, type Check } from '../check.js'
import { factsOf, type SchedulerTrial } from './trial.js'

const PROGRAM = /^[A-Za-z0-9_][\w.+-]*$/
const VARIABLE = /^[A-Za-z_]\w*$/

const demandVariable = (name: string, of: string): void =>
  demand(VARIABLE.test(name), `${of} is ${JSON.stringify(name)}, which is not the name of a variable`)

/** What an adapter is, and what it finds out about its server. */
export const shapeChecks: readonly Check<SchedulerTrial>[] = [
  {
    name: 'is given recordings of every kind',
    prerequisite: true,
    run: ({ recordings: { submissions, looks, finds, removals } }) => {
      const views = looks.flatMap(look => look.views)
      const wanted: readonly (readonly [string, boolean])[] = [
        ['a submission that was accepted', submissions.some(({ kind }) => kind === 'accepted')],
        ['a submission that was refused for good', submissions.some(one => one.kind === 'refused' && !one.transient)],
        ['a submission that was refused for the moment', submissions.some(one => one.kind === 'refused' && one.transient)],
        ['a look at live jobs', looks.some(({ detail }) => detail === 'live')],
        ['a look at the ends of jobs', looks.some(({ detail }) => detail === 'ends')],
        ['a job that waits', views.some(({ state }) => state === 'waiting')],
        ['a job that runs', views.some(({ state }) => state === 'running')],
        ['a job that ended well', views.some(({ cause }) => cause === 'completed')],
        ['a job that ended otherwise', views.some(({ cause }) => cause !== undefined && cause !== 'completed')],
        ['a job in a state that does not exist', views.some(({ state }) => state === 'unknown')],
        ['a look-up that found a job', finds.some(({ jobs }) => jobs.length > 0)],
        ['a look-up that found none', finds.some(({ jobs }) => jobs.length === 0)],
        ['a removal that was accepted', removals.some(({ accepted }) => accepted)],
        ['a removal that was not', removals.some(({ accepted }) => !accepted)],
      ]
      const missing = wanted.filter(([, there]) => !there).map(([what]) => what)
      demand(missing.length === 0, `the recordings lack ${missing.join(', ')}`)
    },
  },
  {
    name: 'says what it is and which programs it needs',
    run: ({ adapter: { scheduler, commands, directivePrefix, environment = [], scriptAs } }) => {
      demand(typeof scheduler === 'string' && scheduler.trim() !== '', 'scheduler must be a name for messages')
      demand(commands.length > 0, 'commands must list the programs that must be there')
      for (const command of commands)
        demand(PROGRAM.test(command), `commands has ${JSON.stringify(command)}, which is not the name of a program`)
      demand(/^#\S+$/.test(directivePrefix), `directivePrefix is ${JSON.stringify(directivePrefix)}; to a shell, directives are comments`)
      for (const name of environment) demandVariable(name, 'a name in environment')
      demand([undefined, 'word', 'input'].includes(scriptAs), `scriptAs is ${JSON.stringify(scriptAs)}; it is 'word' or 'input'`)
    },
  },
  {
    name: 'tells what the server can do',
    prerequisite: true,
    run: async trial => {
      const facts = await factsOf(trial)
      const { least, most } = facts.arrays
      for (const key of ['scheduler', 'dialect', 'version'] as const)
        demand(typeof facts[key] === 'string' && facts[key] !== '', `identify must say the ${key}`)
      demand(Number.isInteger(least) && least >= 1, `arrays.least is ${least}`)
      demand(Number.isInteger(most) && most >= 0, `arrays.most is ${most}; 0 means that there are no arrays`)
      demand(typeof facts.arrays.throttle === 'boolean', 'arrays.throttle must be true or false')
      demand([undefined, 0, 1].includes(facts.arrays.firstIndex), `arrays.firstIndex is ${facts.arrays.firstIndex}; it is 0 or 1`)
      demand(facts.historySeconds === undefined || facts.historySeconds >= 0, `historySeconds is ${facts.historySeconds}`)
      demand(isPlain(facts), 'facts must be plain data: they are written down and given back')
    },
  },
  {
    name: 'throws when the server does not answer',
    run: async ({ adapter, recordings }) => {
      const error = await rejectionOf(Promise.resolve().then(() => adapter.identify(async () => recordings.silent)))
      demand(error instanceof Error, 'identify must throw when commands answer as without a server: the facts that it gave are made up')
    },
  },
  {
    name: 'names the variables of its jobs',
    run: async trial => {
      const { index, job, array } = trial.adapter.variables(await factsOf(trial))
      demandVariable(index, 'variables.index')
      demandVariable(job, 'variables.job')
      if (array !== undefined) demandVariable(array, 'variables.array')
    },
  },
]
