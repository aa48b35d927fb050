import type { CommandAnswer, JobView, LookAnswer, ServerFacts } from '@chorale/core/contracts'
import { demand, type Check } from '../check.js'
import type { RecordedLook } from './recordings.js'
import { factsOf, GARBAGE, type SchedulerTrial } from './trial.js'

/** Cuts of one answer that are tried. */
const CUTS = 300

const cutsOf = (length: number): readonly number[] => {
  const step = Math.max(1, Math.ceil(length / CUTS))
  return Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step)
}

/** As core gives it to an adapter: without the last line feed. */
const cut = (stdout: string, length: number): string => stdout.slice(0, length).replace(/\n$/, '')

/** The answers with one of them replaced. */
const damaged = (answers: readonly CommandAnswer[], at: number, stdout: string): readonly CommandAnswer[] =>
  answers.map((answer, i) => (i === at ? { ...answer, stdout } : answer))

const nameOf = ({ job, index }: JobView): string => JSON.stringify(index === undefined ? { job } : { job, index })

/** Nothing may be read from a part of an answer that the whole does not say, but for what is missing. */
function demandNoMoreThan(whole: LookAnswer, part: LookAnswer, how: string): void {
  for (const view of part.views) {
    const full = whole.views.find(candidate => nameOf(candidate) === nameOf(view))
    demand(full !== undefined, () => `${how} is read as an answer about ${nameOf(view)}, which does not exist`)
    if (view.state !== 'ended') continue
    demand(
      full.state === 'ended' && full.end?.cause === view.end?.cause && full.end?.exitCode === view.end?.exitCode,
      () =>
        `${how} is read as the end ${JSON.stringify(view.end)} of ${nameOf(view)}; the whole answer says ${JSON.stringify(full.end ?? full.state)}`,
    )
  }
}

function tryCuts({ adapter }: SchedulerTrial, { detail, answers }: RecordedLook, facts: ServerFacts): void {
  const whole = adapter.readLook(detail, answers, facts)
  answers.forEach(({ stdout }, at) => {
    for (const length of cutsOf(stdout.length)) {
      const part = adapter.readLook(detail, damaged(answers, at, cut(stdout, length)), facts)
      demandNoMoreThan(whole, part, `an answer that is cut after ${JSON.stringify(stdout.slice(Math.max(0, length - 30), length))}`)
    }
  })
}

/** Looks that failed, in whole or in part. */
export const damagedAnswerChecks: readonly Check<SchedulerTrial>[] = [
  {
    name: 'takes silence of the server for no end of a job',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const { detail, answers } of trial.recordings.looks) {
        const read = trial.adapter.readLook(
          detail,
          answers.map(() => trial.recordings.silent),
          facts,
        )
        demand(
          !read.complete && read.problems.length > 0,
          'an answer of a server that cannot be reached counts as complete: every job would count as gone',
        )
        demand(read.views.length === 0, () => `${JSON.stringify(read.views[0])} was read where the server said nothing`)
      }
    },
  },
  {
    name: 'takes garbage for no answer',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const { detail, answers } of trial.recordings.looks) {
        for (const garbage of GARBAGE) {
          const read = trial.adapter.readLook(
            detail,
            answers.map(() => garbage),
            facts,
          )
          demand(!read.complete, () => `${JSON.stringify(garbage.stdout)} counts as a complete answer: every job would count as gone`)
          demand(read.views.length === 0, () => `${JSON.stringify(read.views[0])} was read from ${JSON.stringify(garbage.stdout)}`)
        }
      }
    },
  },
  {
    name: 'reads nothing from an answer that is cut but what the whole one says',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const look of trial.recordings.looks) tryCuts(trial, look, facts)
    },
  },
  {
    name: 'knows no queue or node from an answer that cannot be read',
    run: async trial => {
      const { limits, nodes } = trial.adapter
      const facts = await factsOf(trial)
      for (const answer of [trial.recordings.silent, ...GARBAGE]) {
        const read = [...(limits?.read(answer, facts) ?? []), ...(nodes?.read(answer, facts) ?? [])]
        demand(read.length === 0, () => `${JSON.stringify(read[0])} was read from ${JSON.stringify(answer)}`)
      }
    },
  },
]
