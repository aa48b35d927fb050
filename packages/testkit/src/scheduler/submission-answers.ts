import type { CommandAnswer, SubmissionAnswer } from '@chorale/core/contracts'
import { demand, type Check } from '../check.js'
import { factsOf, GARBAGE, type SchedulerTrial } from './trial.js'

const BANNER = 'Maintenance on Monday at 12:30\n*** 3 users are here ***\n\n'

/** After each of these, the job may be on the server. */
const STRANGE: readonly CommandAnswer[] = [
  { code: 0, stdout: '', stderr: '' },
  { code: 0, stdout: 'Welcome!', stderr: 'Welcome!' },
  { code: 124, stdout: '', stderr: 'no answer within 60 s' },
  { code: 137, stdout: '', stderr: '' },
  ...GARBAGE,
]

const said = (answer: CommandAnswer): string => JSON.stringify(answer)

/** What became of submissions. */
export const submissionAnswerChecks: readonly Check<SchedulerTrial>[] = [
  {
    name: 'reads what became of a submission',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const recorded of trial.recordings.submissions) {
        const read: SubmissionAnswer = trial.adapter.readSubmission(recorded.answer, facts)
        demand(read.kind === recorded.kind, () => `${said(recorded.answer)} is ${recorded.kind}, and was read as ${JSON.stringify(read)}`)
        if (recorded.kind === 'accepted')
          demand(
            read.kind === 'accepted' && read.job === recorded.job,
            () => `${said(recorded.answer)} is the job ${recorded.job}, and was read as ${JSON.stringify(read)}`,
          )
        if (recorded.kind === 'refused')
          demand(
            read.kind === 'refused' && read.transient === recorded.transient && read.words.trim() !== '',
            () =>
              `${said(recorded.answer)} is refused ${recorded.transient ? 'for the moment' : 'for good'}, in words; it was read as ${JSON.stringify(read)}`,
          )
      }
    },
  },
  {
    name: 'reads an id among what the site says to everybody',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const recorded of trial.recordings.submissions) {
        if (recorded.kind !== 'accepted') continue
        const { code, stdout, stderr } = recorded.answer
        const read = trial.adapter.readSubmission({ code, stdout: BANNER + stdout, stderr: BANNER + stderr }, facts)
        demand(
          read.kind === 'accepted' && read.job === recorded.job,
          () => `after a banner, the job ${recorded.job} was read as ${JSON.stringify(read)}`,
        )
      }
    },
  },
  {
    name: 'takes a strange answer for neither a refusal nor a job',
    run: async trial => {
      const facts = await factsOf(trial)
      for (const answer of STRANGE) {
        const { kind } = trial.adapter.readSubmission(answer, facts)
        demand(
          kind === 'unclear',
          () => `${said(answer)} was read as ${kind}: the job may be there, so that it would be submitted twice, or never`,
        )
      }
      for (const { answer } of trial.recordings.submissions) {
        for (let length = 0; length < answer.stdout.length; length++)
          trial.adapter.readSubmission({ ...answer, stdout: answer.stdout.slice(0, length) }, facts)
      }
    },
  },
]
