import { hostname } from 'node:os'

import {
  CLIENT_COMMAND,
  formatError,
  isChoraleError,
  readClientOrder,
  recordedResult,
  revokeLaterDrivers,
  runStatus,
  writeClientReport,
  type ClientJobOrder,
  type ClientStatus,
} from '@chorale/core'
import type { Command } from 'commander'

import { carryOut } from '../carry-out.js'
import { commandEntry } from '../command-entry.js'
import type { CommandContext } from '../main.js'
import { reportRun } from '../output/outcome.js'
import { runFolder } from '../run-folder.js'
import { withoutSettings } from '../without-settings.js'
import { attachTo } from './attach.js'
import { RESUME } from './run.js'

/** What the script of a job hands over, after the run: its submission, an index without a meaning here, the second of its first line, and the scheduler's id. */
type Arguments = readonly [run: string, submission: string, index: string, started: string, job: string]

/** The longest time of a timer. */
const LONGEST_MS = 2 ** 31 - 1
/** After these another driver job finds things as they were, and may fare better. */
const PASSING: readonly string[] = ['CHORALE_SCHEDULER_SILENT', 'CHORALE_RUN_BUSY']
const LEFT = 75

/** What jobs run that drive or combine a run. Nobody types it. */
export function addClientJobCommand(program: Command, context: CommandContext): void {
  program
    .command(`${CLIENT_COMMAND} <run> <submission> <index> <started> <job>`, { hidden: true })
    .description('what a job runs that drives or combines a run')
    .action(async (...given: unknown[]) => runClientJob(given.slice(0, 5) as unknown as Arguments, context))
}

async function runClientJob([run, submission, , started, job]: Arguments, context: CommandContext): Promise<void> {
  const path = await runFolder(run)
  const number = Number(submission)
  const order = await readClientOrder(path, number)
  const report = (status: ClientStatus, words: string): Promise<void> => {
    say(`${order.name}: ${status === 'began' ? 'began' : `${status}: ${words}`}`)
    return writeClientReport(path, number, { status, words, job, host: hostname(), pid: process.pid, at: Date.now() })
  }
  await report('began', '')
  if (order.needless !== undefined) return report('left', order.needless)
  const alarm = ringBefore(order, Number(started))
  let code = 0
  const own: CommandContext = { ...context, exit: ending => void (code = ending), exitNow: ending => void (code = ending) }
  try {
    if (order.role === 'combine') await combine(path, own)
    else await attachTo(path, {}, quietly, own, { number, generation: order.generation, job, entry: commandEntry() })
    const [status, words] = await ending(path, order, alarm.rang())
    await report(status, words)
    context.exitNow(status === 'finished' ? code : LEFT)
  } catch (error) {
    const [status, words] = failure(error)
    if (order.role === 'driver' && !PASSING.includes(codeOf(error)))
      await revokeLaterDrivers(path, number, `${order.name} failed: ${words}`)
    await report(status, words)
    if (status === 'failed') throw error
    context.exitNow(LEFT)
  } finally {
    alarm.stop()
  }
}

const say = (line: string): void => void process.stderr.write(`chorale: ${line}\n`)

/** As a log. */
const quietly = { ...reportRun({ json: false, resume: RESUME }), verbose: true }

async function combine(path: string, context: CommandContext): Promise<void> {
  const work = { settings: withoutSettings(), detaching: 'detach', ...quietly } as const
  await carryOut(work, context, (runtime, signal) => runtime.pipeline.combineSampled(path, { trustRun: false }, signal))
}

interface Alarm {
  rang(): boolean
  stop(): void
}

const LISTENS_MS = 100

/** Ends the work some time before the walltime, by the signal that a scheduler would send later; not before somebody listens to it. */
function ringBefore({ walltimeSeconds, marginSeconds }: ClientJobOrder, started: number): Alarm {
  let rang = false
  if (walltimeSeconds === null) return { rang: () => false, stop: () => undefined }
  const left = 1000 * (started + walltimeSeconds - marginSeconds) - Date.now()
  const ring = (): void => {
    if (process.listenerCount('SIGTERM') === 0) {
      timer = setTimeout(ring, LISTENS_MS)
      return
    }
    rang = true
    process.kill(process.pid, 'SIGTERM')
  }
  let timer = setTimeout(ring, Math.max(0, Math.min(left, LONGEST_MS)))
  return { rang: () => rang, stop: () => clearTimeout(timer) }
}

async function ending(path: string, { role }: ClientJobOrder, rang: boolean): Promise<readonly [ClientStatus, string]> {
  if (await recordedResult(path)) return ['finished', 'the run has its result']
  if ((await runStatus(path)).state === 'cancelled') return ['left', 'the run was cancelled']
  const next = role === 'driver' ? 'the tasks go on; a driver job that waits goes on with the run' : 'chorale attach combines'
  return ['left', `${rang ? 'the walltime is near' : 'somebody asked for its end'}; ${next}`]
}

function failure(error: unknown): readonly [ClientStatus, string] {
  const [words = ''] = (isChoraleError(error) ? error.message : formatError(error)).split('\n')
  switch (codeOf(error)) {
    case 'CHORALE_RUN_UNFINISHED':
      return ['unfinished', `${words}; chorale attach goes on`]
    case 'CHORALE_RUN_BUSY':
      return ['left', words]
    default:
      return ['failed', words]
  }
}

const codeOf = (error: unknown): string => (isChoraleError(error) ? error.code : '')
