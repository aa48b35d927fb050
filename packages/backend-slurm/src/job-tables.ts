import type { CommandAnswer, CommandLine, JobAddress, JobView, LookAnswer, ServerFacts } from '@chorale/core/contracts'

import { endOf, isHopeless, stateOf, type SlurmJob } from './job-states.js'

/** Ids of one command line. */
const IDS_AT_ONCE = 300
const SQUEUE_COLUMNS = 'ArrayJobID:|,ArrayTaskID:|,State:|,exit_code:|,RestartCnt:|,NodeList:|,Reason:|'
const SACCT_COLUMNS = 'JobID,State,ExitCode,NodeList'
/** squeue says so when it is asked for one job only; among several it leaves unknown ones out. */
const UNKNOWN_JOB = /Invalid job id specified/i

export const show = ({ job, index }: JobAddress): string => (index === undefined ? job : `${job}_${index}`)

const hasAccounting = ({ details }: ServerFacts): boolean => details?.accounting === true

/** `squeue` for jobs that live; for their ends also those that the controller still remembers, and `sacct` where there is accounting. */
export function lookCommands(detail: 'live' | 'ends', addresses: readonly JobAddress[], facts: ServerFacts): readonly CommandLine[] {
  const commands: CommandLine[] = []
  for (let from = 0; from < addresses.length; from += IDS_AT_ONCE) {
    const ids = addresses
      .slice(from, from + IDS_AT_ONCE)
      .map(show)
      .join(',')
    const states = detail === 'ends' ? ['--states=all'] : []
    commands.push(['squeue', '--noheader', '--array', ...states, `--jobs=${ids}`, `--Format=${SQUEUE_COLUMNS}`])
    if (detail === 'ends' && hasAccounting(facts)) {
      commands.push([
        'sacct',
        '--noheader',
        '--parsable',
        '--allocations',
        '--starttime=now-30days',
        `--jobs=${ids}`,
        `--format=${SACCT_COLUMNS}`,
      ])
    }
  }
  return commands
}

/** What the commands above answered. Where both tables know a job, the controller's view counts. */
export function readLook(detail: 'live' | 'ends', answers: readonly CommandAnswer[], facts: ServerFacts): LookAnswer {
  const views = new Map<string, JobView>()
  const problems: string[] = []
  const tables = detail === 'ends' && hasAccounting(facts) ? ([readSqueueLine, readSacctLine] as const) : ([readSqueueLine] as const)
  answers.forEach((answer, i) => {
    if (answer.code !== 0 && !UNKNOWN_JOB.test(answer.stderr)) {
      problems.push(answer.stderr.trim() || `exit code ${answer.code}`)
      return
    }
    const readLine = tables[i % tables.length]!
    for (const line of answer.stdout.split('\n')) {
      if (line.trim() === '') continue
      const view = readLine(line)
      if (!view) problems.push(`a line that is no job: ${line.slice(0, 100)}`)
      else if (!views.has(show(view))) views.set(show(view), view)
    }
  })
  return { views: [...views.values()], complete: problems.length === 0, problems }
}

/** The fields of a line; undefined where the line was cut, as each field of a whole one ends with a bar. */
function fieldsOf(line: string, least: number): readonly string[] | undefined {
  const fields = line.split('|').map(field => field.trim())
  return fields.length > least && fields.at(-1) === '' ? fields.slice(0, -1) : undefined
}

function readSqueueLine(line: string): JobView | undefined {
  const [job, index, state, status, restarts, node, ...reason] = fieldsOf(line, 7) ?? []
  if (!/^\d+$/.test(job ?? '') || state === undefined || !/^\d+$/.test(status ?? '') || !/^\d+$/.test(restarts ?? '')) return undefined
  // As of wait(2): the exit code above the lowest byte, the signal in its lower bits.
  const raw = Number(status)
  const known: SlurmJob = { state, reason: reason.join('|'), exitCode: (raw >> 8) & 0xff, signal: raw & 0x7f }
  return { ...addressOf(job!, index), ...viewOf(known, node), runs: Number(restarts) + (state === 'PENDING' ? 0 : 1) }
}

function readSacctLine(line: string): JobView | undefined {
  const [id = '', words = '', code = '', node] = fieldsOf(line, 4) ?? []
  const [, job, index] = /^(\d+)(?:_(\d+))?$/.exec(id) ?? []
  // Elements that wait stand together, as `12_[3-7]`: the controller knows them one by one.
  if (job === undefined) return /^\d+_\[.*\]$/.test(id) ? { job: /^\d+/.exec(id)![0], state: 'unknown', word: words } : undefined
  const [state = ''] = words.split(' ')
  const [exitCode = 0, signal = 0] = code.split(':').map(Number)
  return { ...addressOf(job, index), ...viewOf({ state, reason: '', exitCode, signal }, node) }
}

const addressOf = (job: string, index: string | undefined): JobAddress =>
  index === undefined || !/^\d+$/.test(index) ? { job } : { job, index: Number(index) }

function viewOf(known: SlurmJob, node: string | undefined): Pick<JobView, 'state' | 'word' | 'reason' | 'neverRuns' | 'node' | 'end'> {
  const { state, reason } = known
  const end = endOf(known)
  return {
    state: stateOf(known),
    word: state,
    ...(reason === '' || reason === 'None' || end ? {} : { reason }),
    ...(isHopeless(known) ? { neverRuns: true } : {}),
    ...(node ? { node } : {}),
    ...(end ? { end } : {}),
  }
}
