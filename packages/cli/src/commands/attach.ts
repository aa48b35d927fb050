import type { DetachedRun, Halted, OwnDriverJob, RunOutcome, Warning } from '@chorale/core'
import type { Command } from 'commander'

import type { Work } from '../carry-out.js'
import { commandEntry } from '../command-entry.js'
import { listenForInterrupts } from '../interrupts.js'
import type { CommandContext } from '../main.js'
import { A_RUN_OR_LATEST } from '../run-argument.js'
import { RESUME } from './run.js'

interface AttachFlags {
  readonly takeOver?: true
  readonly driverJob?: true
  readonly trustRun?: true
  readonly verbose?: true
  readonly json?: true
}

export function addAttachCommand(program: Command, context: CommandContext): void {
  program
    .command('attach')
    .argument('[run]', A_RUN_OR_LATEST)
    .summary('wait for a run that goes on by itself, and collect it')
    .description('collect a run whose tasks go on by themselves: wait, have lost tasks tried again, combine, print')
    .option('--take-over', 'drive the run although another process does')
    .option('--driver-job', 'submit a job that does this on a node, where nodes may submit jobs, and end')
    .option('--trust-run', "load the run's code although others can write it, or its plugin has changed")
    .option('--verbose', 'a line when a task begins and ends, and figures of every shard')
    .option('--json', 'print summary.json instead of the table')
    .action(async (run: string | undefined, flags: AttachFlags) => {
      const [{ runFolder }, { reportRun }] = await Promise.all([import('../run-folder.js'), import('../output/outcome.js')])
      const path = await runFolder(run ?? 'latest')
      const detail = { verbose: flags.verbose === true, json: flags.json === true, resume: RESUME }
      if (flags.driverJob) return leaveToJob(path, flags, context)
      await attachTo(path, flags, { ...reportRun(detail), verbose: detail.verbose }, context)
    })
}

/** How the result is shown. */
export type AttachReport = Pick<Work<RunOutcome>, 'print' | 'hasFailed' | 'verbose'>

/**
 * Reads along while another process drives the run, and shows its result. Once nobody drives a run that has none, drives it; a driver that another one takes over from
 * reads on.
 */
export async function attachTo(
  path: string,
  flags: Pick<AttachFlags, 'takeOver' | 'trustRun'>,
  report: AttachReport,
  context: CommandContext,
  driverJob?: OwnDriverJob,
): Promise<void> {
  const [{ carryOut }, { recordedResult }, { isChoraleError }, { withoutSettings }] = await Promise.all([
    import('../carry-out.js'),
    import('@chorale/core/records'),
    import('@chorale/core/contracts'),
    import('../without-settings.js'),
  ])
  const work = { settings: withoutSettings(), detaching: 'detach', ...report } as const
  for (let takeOver = flags.takeOver === true; ; takeOver = false) {
    if (!takeOver) {
      const interrupted = await readAlong(path)
      if (interrupted !== undefined) return context.exitNow(interrupted)
      const result = await recordedResult(path)
      if (result) return showResult({ status: 'completed', ...result }, report, context)
    }
    try {
      const options = { trustRun: flags.trustRun === true, takeOver, ...(driverJob ? { driverJob } : {}) }
      return await carryOut(work, context, (runtime, signal) => runtime.pipeline.attach(path, options, signal))
    } catch (error) {
      if (!isChoraleError(error) || error.code !== 'CHORALE_RUN_BUSY') throw error
    }
  }
}

/** Submits a job that drives the run. */
async function leaveToJob(path: string, flags: AttachFlags, context: CommandContext): Promise<void> {
  const [{ recordedResult }, { printWarnings, reportRun }, { describeHalt, printDetached }] = await Promise.all([
    import('@chorale/core/records'),
    import('../output/outcome.js'),
    import('../output/detached.js'),
  ])
  const detail = { verbose: flags.verbose === true, json: flags.json === true, resume: RESUME }
  const result = await recordedResult(path)
  if (result) return showResult({ status: 'completed', ...result }, reportRun(detail), context)
  const print = (outcome: DetachedRun | Halted, warnings: readonly Warning[]): void => {
    printWarnings(warnings)
    if (outcome.status === 'detached') printDetached(outcome, detail)
    else process.stderr.write(describeHalt(outcome, RESUME))
  }
  const options = { trustRun: flags.trustRun === true, takeOver: flags.takeOver === true }
  const [{ carryOut }, { withoutSettings }] = await Promise.all([import('../carry-out.js'), import('../without-settings.js')])
  const work = { settings: withoutSettings(), detaching: 'detach', print } as const
  const absence = { entry: commandEntry() }
  await carryOut(work, context, (runtime, signal) => runtime.pipeline.leaveToDriverJob(path, absence, options, signal))
}

function showResult(outcome: RunOutcome & { status: 'completed' }, { print, hasFailed }: AttachReport, context: CommandContext): void {
  const warnings: readonly Warning[] = []
  print(outcome, warnings)
  context.exit(hasFailed?.(outcome) ? 1 : 0)
}

/** Until nobody drives the run. Resolves with the exit code of a signal that came; the run goes on. */
async function readAlong(path: string): Promise<number | undefined> {
  const [{ driverOf, waitForRun }, { watchedText }] = await Promise.all([import('@chorale/core/records'), import('../output/watched.js')])
  if (!(await driverOf(path))) return undefined
  using interrupts = listenForInterrupts(() => 'detach')
  process.stderr.write('Another process drives this run; reading along. Ctrl-C ends only this.\n')
  await waitForRun(path, {
    until: 'undriven',
    signal: interrupts.signal,
    onChange: seen => process.stderr.write(`${watchedText(seen)}\n`),
  })
  return interrupts.exitCode()
}
