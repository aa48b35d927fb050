import type { CommandAnswer, JobAddress, JobView, SchedulerAdapter, ServerFacts } from '@chorale/core/contracts'
import type { SchedulerRecordings } from '../../src/index.js'

/** A scheduler that nobody has: `put`, `list`, `named` and `drop`, tables with bars, and END under each. */

export const said = (stdout: string, stderr = '', code = 0): CommandAnswer => ({ code, stdout, stderr })

const FACTS: ServerFacts = { scheduler: 'Toy', dialect: 'toy', version: '1', arrays: { least: 2, most: 100, throttle: true }, notes: [] }
const CHUNK = 200
const NAME = /^[A-Za-z0-9_][\w.-]*$/
const STATES: Readonly<Record<string, JobView['state']>> = { W: 'waiting', R: 'running', D: 'ended' }

const show = ({ job, index }: JobAddress): string => (index === undefined ? job : `${job}#${index}`)
const chunks = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / CHUNK) }, (_, i) => ids.slice(i * CHUNK, (i + 1) * CHUNK))

/** `12#3 D 7 END`: one line; undefined for any other. */
export function readLine(line: string): JobView | undefined {
  const [, job, index, letter, code] = /^(\d+)(?:#(\d+))? ([A-Z]) (-|\d+) ;$/.exec(line) ?? []
  if (job === undefined || letter === undefined) return undefined
  const state = STATES[letter] ?? 'unknown'
  const exitCode = Number(code)
  return {
    job,
    ...(index === undefined ? {} : { index: Number(index) }),
    state,
    word: letter,
    ...(state === 'ended' ? { end: { cause: exitCode === 0 ? 'completed' : 'exit', exitCode, words: line } } : {}),
  }
}

/** Keeps every clause. */
export const toy: SchedulerAdapter = {
  scheduler: 'Toy',
  commands: ['put', 'list', 'drop'],
  directivePrefix: '#TOY',
  async identify(ask) {
    const { code } = await ask(['list', '--version'])
    if (code !== 0) throw new Error('no answer')
    return FACTS
  },
  variables: () => ({ index: 'TOY_INDEX', job: 'TOY_JOB' }),
  submission: ({
    name,
    script,
    output,
    queue,
    account,
    project,
    walltimeSeconds,
    memoryBytes,
    cpus,
    held,
    array,
    after,
    afterAll = [],
  }) => [
    'put',
    `--name=${name}`,
    `--output=${output}/${name}.out`,
    `--cpus=${cpus}`,
    ...(queue === undefined ? [] : ['-q', queue]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(project === undefined ? [] : [`--project=${project}`]),
    ...(walltimeSeconds === undefined ? [] : [`--seconds=${walltimeSeconds}`]),
    ...(memoryBytes === undefined ? [] : [`--bytes=${memoryBytes}`]),
    ...(array ? [`--array=${array.first}-${array.last}`, ...(array.atOnce === undefined ? [] : [`--at-once=${array.atOnce}`])] : []),
    ...[...(after ? [after] : []), ...afterAll].map(address => `--after=${show(address)}`),
    ...(held ? ['--held'] : []),
    script,
  ],
  readSubmission({ code, stdout, stderr }) {
    const job = stdout.split('\n').findLast(line => /^\d+$/.test(line))
    if (code === 0 && job !== undefined) return { kind: 'accepted', job }
    if (code === 2) return { kind: 'refused', transient: /busy/.test(stderr), words: stderr }
    return { kind: 'unclear', words: stderr }
  },
  find: name => [['list', '--name', name]],
  readFind([answer], name) {
    if (answer?.code !== 0) return { jobs: undefined }
    const rows = answer.stdout.split('\n').map(line => line.split(' '))
    return { jobs: rows.flatMap(([job, found]) => (job !== undefined && found === name ? [{ job }] : [])) }
  },
  look: (detail, addresses) => chunks(addresses.map(show)).map(ids => ['list', `--${detail}`, ...ids]),
  readLook(_, answers) {
    const lines = answers.flatMap(({ code, stdout }) => (code === 0 ? stdout.split('\n') : ['no answer']))
    const strange = lines.filter(line => line !== 'END' && !readLine(line))
    const cut = answers.some(({ stdout }) => !stdout.endsWith('END'))
    const problems = [...strange, ...(cut ? ['cut'] : [])]
    return { views: lines.flatMap(line => readLine(line) ?? []), complete: problems.length === 0, problems }
  },
  remove: addresses => chunks(addresses.map(show)).map(ids => ['drop', ...ids]),
  readRemoval: ({ code, stderr }) => ({ accepted: code === 0, transient: code === 1, words: stderr }),
  show,
  check: ({ queue, output }) => [
    ...(queue === undefined || NAME.test(queue) ? [] : [{ setting: 'queue', problem: 'not a name' }]),
    ...(output.includes('\n') ? [{ setting: 'output.directory', problem: 'a line feed' }] : []),
  ],
}

export const RECORDINGS: SchedulerRecordings = {
  identify: { 'list --version': said('toy 1') },
  silent: said('', 'nobody is there', 1),
  submissions: [
    { answer: said('12'), kind: 'accepted', job: '12' },
    { answer: said('', 'no such queue', 2), kind: 'refused', transient: false },
    { answer: said('', 'busy', 2), kind: 'refused', transient: true },
  ],
  looks: [
    {
      detail: 'live',
      answers: [said('12#1 W - ;\n12#2 R - ;\n13 Z - ;\nEND')],
      views: [
        { job: '12', index: 1, state: 'waiting' },
        { job: '12', index: 2, state: 'running' },
        { job: '13', state: 'unknown' },
      ],
    },
    {
      detail: 'ends',
      answers: [said('12#3 D 0 ;\n12#4 D 17 ;\nEND')],
      views: [
        { job: '12', index: 3, state: 'ended', cause: 'completed' },
        { job: '12', index: 4, state: 'ended', cause: 'exit', exitCode: 17 },
      ],
    },
  ],
  finds: [
    { name: 'cabc', answers: [said('12 cabc\n13 cabcd')], jobs: ['12'] },
    { name: 'cabc', answers: [said('')], jobs: [] },
  ],
  removals: [
    { answer: said(''), accepted: true },
    { answer: said('', 'not yours', 2), accepted: false, transient: false },
  ],
}
