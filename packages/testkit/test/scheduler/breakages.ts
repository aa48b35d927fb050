import { existsSync } from 'node:fs'
import type { CommandLine, JobRequest, LookAnswer, SchedulerAdapter } from '@chorale/core/contracts'
import type { SchedulerRecordings } from '../../src/index.js'
import { readLine, RECORDINGS, said, toy } from './toy-scheduler.js'

/** An adapter that breaks one clause, or recordings that lack something. */
export interface Breakage {
  readonly clause: string
  readonly adapter: SchedulerAdapter
  readonly recordings?: SchedulerRecordings
}

const broken = (part: Partial<SchedulerAdapter>): SchedulerAdapter => ({ ...toy, ...part })

/** Changes the command of a submission. */
const submitting = (change: (words: CommandLine, request: JobRequest) => readonly string[]): SchedulerAdapter =>
  broken({ submission: (request, facts) => change(toy.submission(request, facts), request) as unknown as CommandLine })

const reading = (change: (read: LookAnswer) => LookAnswer): SchedulerAdapter =>
  broken({ readLook: (detail, answers, facts) => change(toy.readLook(detail, answers, facts)) })

/** Ids look like options. */
const dashed: SchedulerAdapter = {
  ...submitting(words => words.map(word => word.replace('--after=', '--after=-'))),
  show: address => `-${toy.show(address)}`,
  look: (detail, addresses, facts) => toy.look(detail, addresses, facts).map(withDashes),
  remove: (addresses, facts) => toy.remove(addresses, facts).map(withDashes),
}

function withDashes([program, ...words]: CommandLine): CommandLine {
  return [program, ...words.map(word => (/^\d/.test(word) ? `-${word}` : word))]
}

/** One a clause, in the order of the contract. */
export const breakages: readonly Breakage[] = [
  { clause: 'is given recordings of every kind', adapter: toy, recordings: { ...RECORDINGS, removals: [] } },
  { clause: 'says what it is and which programs it needs', adapter: broken({ commands: ['put it', 'list'] }) },
  { clause: 'says what it is and which programs it needs', adapter: broken({ scriptAs: 'stdin' as 'input' }) },
  {
    clause: 'tells what the server can do',
    adapter: broken({ identify: async ask => ({ ...(await toy.identify(ask)), arrays: { least: 0, most: 10, throttle: true } }) }),
  },
  {
    clause: 'throws when the server does not answer',
    adapter: broken({ identify: () => toy.identify(async () => RECORDINGS.identify['list --version']!) }),
  },
  { clause: 'names the variables of its jobs', adapter: broken({ variables: () => ({ index: '$TOY_INDEX', job: 'TOY_JOB' }) }) },
  {
    clause: 'asks nobody but its arguments',
    adapter: submitting((words, { script }) => (existsSync(script) ? [] : words)),
  },
  {
    clause: 'asks nobody but its arguments',
    adapter: submitting(words => [...words.slice(0, -1), `--day=${new Date().getFullYear()}`, words.at(-1)!]),
  },
  {
    clause: 'leaves what it is given as it is',
    adapter: broken({
      look(detail, addresses, facts) {
        Object.assign(facts, { asked: true })
        return toy.look(detail, addresses, facts)
      },
    }),
  },
  {
    clause: 'gives commands as lists of words, without a shell',
    adapter: broken({ remove: (of, facts) => toy.remove(of, facts).map(words => ['/bin/sh', ...words]) }),
  },
  {
    clause: 'finds nothing wrong with an ordinary job',
    adapter: broken({
      check: request =>
        request.walltimeSeconds === 3600 && request.memoryBytes === 2 ** 30
          ? [{ setting: 'walltime', problem: 'an hour' }]
          : toy.check!(request, {} as never),
    }),
  },
  {
    clause: 'submits the script under the name that it is looked up by',
    adapter: submitting(words => words.map(word => (word.startsWith('--name=') ? '--name=mine' : word))),
  },
  { clause: 'submits the script under the name that it is looked up by', adapter: broken({ scriptAs: 'input' }) },
  { clause: 'asks for everything that a job needs, or refuses it', adapter: submitting(words => words.filter(word => word !== '--held')) },
  {
    clause: 'asks for everything that a job needs, or refuses it',
    adapter: submitting(words => words.filter(word => !word.startsWith('--bytes='))),
  },
  {
    clause: 'asks for arrays of the lengths that its server takes',
    adapter: submitting(words => words.filter(word => !word.startsWith('--at-once='))),
  },
  {
    clause: 'counts the elements of an array from where its server does',
    adapter: submitting((words, { array }) => words.map(word => (word.startsWith('--array=') ? `--array=1-${array!.last + 1}` : word))),
  },
  // It has been seen to have an element 0.
  {
    clause: 'counts the elements of an array from where its server does',
    adapter: broken({
      async identify(ask) {
        const facts = await toy.identify(ask)
        return { ...facts, arrays: { ...facts.arrays, firstIndex: 1 } }
      },
    }),
    recordings: {
      ...RECORDINGS,
      looks: [
        ...RECORDINGS.looks,
        { detail: 'live', answers: [said('12#0 R - ;\nEND')], views: [{ job: '12', index: 0, state: 'running' }] },
      ],
    },
  },
  {
    clause: 'takes a hostile name as one word, or refuses it',
    adapter: broken({ check: request => toy.check!({ ...request, queue: 'q' }, {} as never) }),
  },
  {
    clause: 'takes a hostile name as one word, or refuses it',
    adapter: submitting(words => words.flatMap(word => (word.startsWith('--account=') ? word.split(' ') : [word]))),
  },
  {
    clause: 'takes a strange path as one word, or refuses it',
    adapter: submitting(words => words.flatMap(word => (word.startsWith('--output=') ? word.split(/(?<=\S) /) : [word]))),
  },
  {
    clause: 'reads what became of a submission',
    adapter: broken({
      readSubmission(answer, facts) {
        const read = toy.readSubmission(answer, facts)
        return read.kind === 'refused' ? { ...read, transient: false } : read
      },
    }),
  },
  {
    clause: 'reads an id among what the site says to everybody',
    adapter: broken({
      readSubmission: (answer, facts) =>
        answer.stdout.includes('\n') ? { kind: 'unclear', words: '' } : toy.readSubmission(answer, facts),
    }),
  },
  {
    clause: 'takes a strange answer for neither a refusal nor a job',
    adapter: broken({
      readSubmission: (answer, facts) =>
        answer.code === 124 ? { kind: 'refused', transient: true, words: 'late' } : toy.readSubmission(answer, facts),
    }),
  },
  { clause: 'shows each job in a way of its own', adapter: dashed },
  {
    clause: 'asks for the jobs that it is to ask for, and no others',
    adapter: broken({
      look: (detail, addresses, facts) =>
        toy.look(detail, addresses.length > 100 ? addresses : [{ job: '12' }, { job: '12', index: 1 }, ...addresses], facts),
    }),
  },
  {
    clause: 'asks for many jobs in few commands of bounded length',
    adapter: broken({ look: (detail, addresses) => addresses.map(address => ['list', `--${detail}`, toy.show(address)]) }),
  },
  {
    clause: 'reads what the scheduler says of jobs',
    adapter: reading(read => ({
      ...read,
      views: read.views.map(view => (view.state === 'running' ? { ...view, state: 'waiting' as const } : view)),
    })),
  },
  {
    clause: 'keeps a job in a state that it does not know',
    adapter: reading(read => ({ ...read, views: read.views.filter(({ state }) => state !== 'unknown') })),
  },
  {
    clause: 'takes silence of the server for no end of a job',
    adapter: broken({
      readLook: (detail, answers, facts) =>
        answers[0]!.code === 1 ? { views: [], complete: true, problems: [] } : toy.readLook(detail, answers, facts),
    }),
  },
  {
    clause: 'takes garbage for no answer',
    adapter: reading(read =>
      read.views.length === 0 && !read.problems.includes('no answer') ? { views: [], complete: true, problems: [] } : read,
    ),
  },
  {
    clause: 'reads nothing from an answer that is cut but what the whole one says',
    adapter: broken({
      // Without looking for the end of the line: 17 becomes 1.
      readLook(detail, answers, facts) {
        const read = toy.readLook(detail, answers, facts)
        const last = answers[0]!.stdout.split('\n').at(-1)!
        const guessed = readLine(`${last} ;`)
        return { ...read, views: [...read.views, ...(guessed ? [guessed] : [])] }
      },
    }),
  },
  {
    clause: 'knows no queue or node from an answer that cannot be read',
    adapter: broken({
      limits: { command: ['list', '--queues'], read: ({ stdout }) => [{ name: stdout, takesJobs: true, startsJobs: true }] },
    }),
  },
  {
    clause: 'finds jobs by their whole name',
    adapter: broken({
      readFind: ([answer], name) => ({
        jobs:
          answer?.code === 0
            ? answer.stdout.split('\n').flatMap(line => (line.includes(name) ? [{ job: line.split(' ')[0]! }] : []))
            : undefined,
      }),
    }),
  },
  {
    clause: 'takes silence of the server for no proof that a job is not there',
    adapter: broken({ readFind: (answers, name, facts) => ({ jobs: toy.readFind(answers, name, facts).jobs ?? [] }) }),
  },
  {
    clause: 'removes many jobs in few commands of bounded length, each once',
    adapter: broken({ remove: addresses => [['drop', ...addresses.map(toy.show), toy.show(addresses[0]!)]] }),
  },
  { clause: 'reads what became of a removal', adapter: broken({ readRemoval: () => ({ accepted: true, transient: false, words: '' }) }) },
]
