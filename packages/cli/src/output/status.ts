import { reasonsText, type QueueRecord, type RunState, type RunStatus } from '@chorale/core/records'

import { nameOfRun } from '../name-of-run.js'
import { describeCost } from './cost.js'
import { formatCount } from './number.js'
import { submittedText } from './submitted.js'

const STATES: Readonly<Record<RunState, string>> = {
  running: 'running',
  finished: 'finished',
  interrupted: 'interrupted',
  failed: 'failed',
  detached: 'detached: nobody drives it; its tasks go on by themselves',
  cancelled: 'cancelled',
}

/** How far a run is, for people: a line for everything that is known. */
export function describeStatus(status: RunStatus): string {
  const { run, path, state, driver, verdict, cancelledTasks, clientJobs } = status
  const text = state === 'detached' && hasEnded(status) ? 'detached: all chains have ended; nobody has combined them' : STATES[state]
  const lines = [
    `run      ${run}`,
    `folder   ${path}`,
    `state    ${text}${driver === undefined ? '' : ` (process ${driver.pid} on ${driver.host})`}`,
    `chains   ${chainsText(status)}`,
    ...(status.failure === undefined ? [] : [`error    ${failureText(status.failure)}`]),
    ...(status.submitted.length === 0 ? [] : [`${status.backend.padEnd(8)} ${submittedText(status.submitted)}`]),
    ...(status.jobs === undefined ? [] : jobLines(status.jobs)),
    ...clientJobs.map(job => `job      ${clientJobText(job)}`),
    ...(cancelledTasks.length === 0 ? [] : [`ended    on request: ${cancelledTasks.join(', ')}`]),
    ...(verdict === undefined ? [] : [`verdict  ${verdict}`]),
    ...(state === 'interrupted' || state === 'cancelled' || state === 'failed'
      ? [`resume   chorale run --resume ${nameOfRun(path)}${changeFor(status)}`]
      : []),
    ...(state === 'detached' ? [`attach   chorale attach ${nameOfRun(path)}`] : []),
  ]
  return `${lines.join('\n')}\n${status.cost === undefined ? '' : `\n${describeCost(status.cost)}`}`
}

/** Errors of what was asked of a scheduler: it would refuse the same again. */
const REFUSED: readonly string[] = ['CHORALE_SUBMISSION_REFUSED', 'CHORALE_BATCH_OPTION_INVALID']

/** What a resume needs besides the run. */
const changeFor = ({ failure }: RunStatus): string =>
  REFUSED.includes(failure?.code ?? '') ? ' --set backend.KEY=VALUE (what was refused has to change)' : ''

/** The first line: the rest is for whoever reads the log. */
const failureText = ({ code, message }: NonNullable<RunStatus['failure']>): string =>
  cut([code, message.split('\n')[0]!].filter(part => part !== '').join(': '))

const LONGEST_LINE = 300
const cut = (line: string): string => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} ...` : line)

/** A job that drives or combines the run. */
function clientJobText({ name, job, state, words }: RunStatus['clientJobs'][number]): string {
  const what = state === 'waits' ? 'waits' : state === 'began' ? 'has begun' : words === '' ? state : `${state}: ${words}`
  return `${name}${job === null ? '' : ` (${job})`} ${what}`
}

/** How many jobs do what, when the driver heard of it, and why some wait. */
function jobLines(jobs: QueueRecord): readonly string[] {
  const { waiting, running, held, reasons, scheduler, at } = jobs
  const counts = [
    `${formatCount(waiting)} ${waiting === 1 ? 'waits' : 'wait'}`,
    `${formatCount(running)} ${running === 1 ? 'runs' : 'run'}`,
  ]
  const all = held === 0 ? counts : [...counts, `${formatCount(held)} held`]
  return [
    `jobs     ${all.join(', ')} (${scheduler} was asked at ${new Date(at).toTimeString().slice(0, 8)})`,
    ...reasons.map(reason => `         ${reasonsText({ reasons: [reason] })}`),
  ]
}

const hasEnded = ({ chains }: RunStatus): boolean => chains.ended >= chains.planned

function chainsText({ state, progress, chains: { finished, planned, ended, started, failed } }: RunStatus): string {
  const uncounted = ended - finished
  const waiting = planned - ended - started
  const parts = [
    `${formatCount(finished)} of ${formatCount(planned)} finished`,
    ...(state === 'detached' && uncounted > 0 ? [`${formatCount(uncounted)} ended and not looked at`] : []),
    ...(state === 'detached' && started > 0 ? [`${formatCount(started)} begun`] : []),
    ...(state === 'detached' && waiting > 0 ? [`${formatCount(waiting)} not begun`] : []),
    ...(progress === undefined ? [] : [`${Math.floor(100 * progress)} % sampled`]),
    ...(failed > 0 ? [`${formatCount(failed)} failed attempts`] : []),
  ]
  return parts.join(', ')
}
