import type { CommandAnswer, JobView, LookAnswer, ServerFacts } from '@chorale/core/contracts'

import type { PbsDialect } from './dialect.js'
import { addressOf, uncut } from './job-id.js'
import { stateOf } from './job-state.js'
import { readRecords } from './read/records.js'
import { readTable } from './read/table-rows.js'
import { wordsOf } from './words.js'

/** qstat also exits with these when it answered: some ids are not known (any more), or have finished. */
const ANSWERED: readonly number[] = [0, 35, 153]
const NO_HISTORY = /not configured to maintain job history/i

interface Part {
  readonly views: readonly JobView[]
  readonly problems: readonly string[]
}

/** Everything that is known of jobs that seem to have ended. */
export function readEnds(answers: readonly CommandAnswer[], dialect: PbsDialect): LookAnswer {
  return joined(answers.map(answer => readFull(answer, dialect)))
}

/** The states of live jobs from tables, and why they wait from the full answers about a few of them. */
export function readLive(answers: readonly CommandAnswer[], dialect: PbsDialect, { details }: ServerFacts): LookAnswer {
  const server = details?.server === undefined ? undefined : String(details.server)
  const isTable = ({ stdout }: CommandAnswer): boolean => !/^Job Id:/m.test(stdout)
  const states = joined(answers.filter(isTable).map(answer => readStates(answer, server)))
  const full = answers.filter(answer => !isTable(answer)).flatMap(answer => readFull(answer, dialect).views)
  const reasons = new Map(full.map(view => [view.job, view]))
  const explained = states.views.map(view => explain(view, reasons.get(view.job)))
  const listed = new Set(states.views.map(({ job }) => job))
  return { ...states, views: [...explained, ...full.filter(({ job }) => !listed.has(job))] }
}

/** What an array waits for, its elements wait for. */
function explain(view: JobView, whole: JobView | undefined): JobView {
  if (!whole || (view.state !== 'waiting' && view.state !== 'held')) return view
  return {
    ...view,
    ...(whole.reason === undefined ? {} : { reason: whole.reason }),
    ...(whole.neverRuns === undefined ? {} : { neverRuns: whole.neverRuns }),
  }
}

const joined = (parts: readonly Part[]): LookAnswer => {
  const problems = parts.flatMap(part => part.problems)
  return { views: parts.flatMap(part => part.views), complete: problems.length === 0, problems }
}

function refusal(answer: CommandAnswer): readonly string[] {
  // Without a history an ended job is one that the server does not know.
  if (NO_HISTORY.test(answer.stderr) && answer.code === 0) return []
  return ANSWERED.includes(answer.code) ? [] : [`qstat ended with code ${answer.code}: ${wordsOf(answer)}`]
}

function readFull(answer: CommandAnswer, dialect: PbsDialect): Part {
  const { records, whole } = readRecords(answer.stdout)
  const strange: string[] = []
  const views = records.flatMap(record => {
    const address = addressOf(record.id)
    if (!address) strange.push(`qstat named a job ${JSON.stringify(record.id)}`)
    return address && record.attributes.has('job_state') ? [dialect.view(record, address)] : []
  })
  return { views, problems: [...refusal(answer), ...(whole ? [] : ['an answer of qstat was cut, or could not be read whole']), ...strange] }
}

function readStates(answer: CommandAnswer, server: string | undefined): Part {
  const { rows, strange } = readTable(answer.stdout)
  const problems = [
    ...refusal(answer),
    ...strange.map(line => `qstat printed a line of a strange form: ${JSON.stringify(line.slice(0, 80))}`),
  ]
  const views: JobView[] = []
  for (const { id, name, letter } of rows) {
    const address = addressOf(uncut(id, server) ?? '')
    if (address) views.push({ ...address, name, state: stateOf(letter), word: letter })
    else problems.push(`qstat cut the id of a job: ${id}`)
  }
  return { views, problems }
}
