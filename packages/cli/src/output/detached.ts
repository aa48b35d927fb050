import type { CancelRequested, DetachedRun, Halted } from '@chorale/core'

import { nameOfRun } from '../name-of-run.js'
import { printJson } from './json.js'
import { counted } from './number.js'
import { submittedText } from './submitted.js'

/** Commands with what each does, indented, in two columns. */
const commandLines = (commands: readonly (readonly [command: string, what: string])[]): string => {
  const width = Math.max(...commands.map(([command]) => command.length))
  return commands.map(([command, what]) => `  ${command.padEnd(width)}  ${what}\n`).join('')
}

/** What can be done with a run whose tasks go on without a driver. */
function nextCommands(run: string): string {
  return commandLines([
    [`chorale attach ${run}`, 'waits, tries lost tasks again, combines, prints'],
    [`chorale status ${run} --wait`, 'waits by the records alone, then the same'],
    [`chorale combine ${run}`, 'combines once all chains have ended'],
    [`chorale status ${run}`, 'how far it is'],
    [`chorale logs ${run}`, 'what it says; with a task: what that says'],
    [`chorale cancel ${run}`, 'ends its tasks'],
  ])
}

const NOBODY = 'Nobody tries lost tasks again or combines until the next attach, status --wait or combine.'

/** After `run --detach`, for people or programs. */
export function printDetached(
  { run, path, backend, tasks, submitted, clientJob }: DetachedRun,
  { json }: { readonly json: boolean },
): void {
  if (json) return printJson({ run, path, backend, tasks, submitted, detached: true, ...(clientJob ? { clientJob } : {}) })
  process.stdout.write(
    `Detached run ${run}: ${counted(tasks, 'task')} given to the backend ${backend}, which goes on with them${submitted.length === 0 ? '' : `: ${submittedText(submitted)}`}.\n${absenceText(clientJob)}\n${nextCommands(nameOfRun(path))}`,
  )
}

/** What is done while nobody is there. */
function absenceText(clientJob: DetachedRun['clientJob']): string {
  if (!clientJob) return NOBODY
  const { name, job, role } = clientJob
  return role === 'driver'
    ? `The job ${job} (${name}) tries lost tasks again and combines.`
    : `The job ${job} (${name}) combines when the other jobs have ended. Nobody tries lost tasks again until the next attach.`
}

/** Why a run ended early, and how it goes on. `resume`: the command that goes on, without the run. */
export function describeHalt({ how, path, alive }: Halted, resume: string): string {
  const run = nameOfRun(path)
  switch (how) {
    case 'detach':
      return `Detached; the tasks of run ${run} go on. ${NOBODY}\n${nextCommands(run)}`
    case 'cancel':
      return `Cancelled; finished chains are kept. ${aliveText(alive, run)}Go on with:\n  ${RESUME_CANCELLED} ${run}\n`
    case 'stop':
      return `Stopped; finished chains and the checkpoints of others are kept. Go on with:\n  ${resume} ${run}\n`
  }
}

/** What was cancelled is gone on with by nothing else. */
const RESUME_CANCELLED = 'chorale run --resume'
const SHOWN = 10

function aliveText(alive: readonly string[], run: string): string {
  if (alive.length === 0) return ''
  const more = alive.length > SHOWN ? ` and ${alive.length - SHOWN} more` : ''
  return `Still alive: ${alive.slice(0, SHOWN).join(', ')}${more}; ask again with: chorale cancel ${run}\n`
}

/** After `chorale cancel`, for people or programs. */
export function printCancelled(cancelled: CancelRequested, { json }: { readonly json: boolean }): void {
  if (json) return printJson(cancelled)
  const { path, tasks, open, alive, driven } = cancelled
  const run = nameOfRun(path)
  const what = tasks === 'all' ? `run ${run}` : `${counted(tasks.length, 'task')} of run ${run}`
  if (open === 0 && alive.length === 0) return void process.stdout.write(`Nothing of ${what} was left to cancel.\n`)
  const driver = driven ? 'The process that drives it has not let go yet: chorale status says when it has.\n' : ''
  process.stdout.write(
    `Cancelled ${what}: ${counted(open, 'task')} without a result; finished ones are kept.\n${aliveText(alive, run)}${driver}Go on with:\n  ${RESUME_CANCELLED} ${run}\n`,
  )
}
