import type { AbsenceOptions, DetachedRun, Halted, PlanPreview, Warning } from '@chorale/core'
import type { Command } from 'commander'

import type { Ended } from '../carry-out.js'
import { commandEntry } from '../command-entry.js'
import type { CommandContext } from '../main.js'
import { addSettingsFlags, givenSettingsFlags, overridesOf, settingsOfRun, type SettingsFlags } from '../settings-flags.js'

interface RunFlags extends SettingsFlags {
  readonly resume?: string
  readonly trustRun?: true
  readonly takeOver?: true
  readonly dryRun?: true
  readonly detach?: true
  readonly driverJob?: true
  readonly verbose?: true
  readonly json?: true
}

export function addRunCommand(program: Command, context: CommandContext): void {
  addSettingsFlags(
    program
      .command('run')
      .summary('sample, combine, verify, print the posterior')
      .description('sample every shard, combine, verify, and print the posterior'),
  )
    .option('--resume <run>', 'go on with a run (path, id or "latest"): finished chains are kept')
    .option('--take-over', 'with --resume: drive the run although another process does')
    .option('--trust-run', "with --resume: load the run's code although others can write it")
    .option('--dry-run', 'plan only: backend, shards, tasks, and what they are expected to take; nothing is written')
    .option('--detach', 'give the tasks to a backend that goes on with them by itself, and end; chorale attach collects them')
    .option('--driver-job', 'with --detach: also submit a job that does what chorale attach does, where nodes may submit jobs')
    .option('--verbose', 'a line when a task begins and ends, and figures of every shard')
    .option('--json', 'print summary.json instead of the table; with --dry-run the plan')
    .action((flags: RunFlags, command: Command) => {
      const problem = contradiction(flags)
      if (problem !== undefined) command.error(`error: ${problem}`)
      if (flags.dryRun) return previewRun(flags, context)
      if (flags.detach) return detachRun(flags, context)
      return flags.resume === undefined ? startRun(flags, context) : resumeRun(flags.resume, flags, context)
    })
}

function contradiction(flags: RunFlags): string | undefined {
  const settings = givenSettingsFlags(flags).filter(flag => flag !== '--set')
  if (flags.resume !== undefined && settings.length > 0) {
    return `${settings.join(', ')} cannot be used with --resume: a run keeps the settings that it was started with (in its run.json); --set backend.KEY=VALUE may change options of its backend`
  }
  if (flags.resume !== undefined && flags.dryRun) return '--dry-run cannot be used with --resume: that run is planned'
  if (flags.resume !== undefined && flags.detach) {
    return '--detach cannot be used with --resume: chorale attach collects a run, and Ctrl-C leaves its tasks alone'
  }
  if (flags.driverJob && !flags.detach) {
    return `--driver-job needs --detach: this command drives the run itself${flags.resume === undefined ? '' : '; chorale attach RUN --driver-job leaves a run to a job'}`
  }
  if (flags.resume === undefined && flags.takeOver) return '--take-over needs --resume'
  if (flags.resume === undefined && flags.trustRun) return '--trust-run needs --resume'
  return undefined
}

const detailOf = ({ verbose, json }: RunFlags) => ({ verbose: verbose === true, json: json === true, resume: RESUME })

/** The command that goes on with a run that was stopped. */
export const RESUME = 'chorale run --resume'

async function startRun(flags: RunFlags, context: CommandContext): Promise<void> {
  const settings = await settingsOfRun(flags, { bundleWith: context.builtins })
  // Loaded while the bundle is made.
  const [{ carryOut }, { reportRun }] = await Promise.all([import('../carry-out.js'), import('../output/outcome.js')])
  const detail = detailOf(flags)
  const work = { settings, verbose: detail.verbose, detaching: 'ask', ...reportRun(detail) } as const
  await carryOut(work, context, (runtime, signal) => runtime.pipeline.run(signal))
}

/** What is submitted for the time when nobody is there. */
const absenceOf = ({ driverJob }: RunFlags): AbsenceOptions => ({ entry: commandEntry(), driverJob: driverJob === true })

async function detachRun(flags: RunFlags, context: CommandContext): Promise<void> {
  const settings = await settingsOfRun(flags, { bundleWith: context.builtins })
  const [{ carryOut }, { describeHalt, printDetached }] = await Promise.all([import('../carry-out.js'), import('../output/detached.js')])
  const { printWarnings } = await import('../output/outcome.js')
  const detail = detailOf(flags)
  const print = (outcome: DetachedRun | Halted, warnings: readonly Warning[]): void => {
    printWarnings(warnings)
    if (outcome.status === 'detached') printDetached(outcome, detail)
    else process.stderr.write(describeHalt(outcome, RESUME))
  }
  const work = { settings, verbose: detail.verbose, detaching: 'detach', print } as const
  await carryOut(work, context, (runtime, signal) => runtime.pipeline.detach(signal, absenceOf(flags)))
}

interface Previewed extends Ended {
  readonly plan: PlanPreview
}

async function previewRun(flags: RunFlags, context: CommandContext): Promise<void> {
  const settings = await settingsOfRun(flags, { bundleWith: context.builtins })
  const [{ carryOut }, { printPreview }] = await Promise.all([import('../carry-out.js'), import('../output/plan.js')])
  const how = flags.detach ? 'detach' : 'run'
  const print = ({ plan }: Previewed): void => printPreview(plan, { json: flags.json === true, how })
  await carryOut<Previewed>({ settings, print }, context, async (runtime, signal) => {
    const plan = await runtime.pipeline.preview(signal, how, absenceOf(flags))
    return { status: 'completed', path: plan.directory, plan }
  })
}

async function resumeRun(run: string, flags: RunFlags, context: CommandContext): Promise<void> {
  const [{ carryOut }, { reportRun }] = await Promise.all([import('../carry-out.js'), import('../output/outcome.js')])
  const [{ runFolder }, { withoutSettings }] = await Promise.all([import('../run-folder.js'), import('../without-settings.js')])
  const path = await runFolder(run)
  const options = { trustRun: flags.trustRun === true, takeOver: flags.takeOver === true, changes: overridesOf(flags) }
  const detail = detailOf(flags)
  const work = { settings: withoutSettings(), verbose: detail.verbose, detaching: 'ask', ...reportRun(detail) } as const
  await carryOut(work, context, (runtime, signal) => runtime.pipeline.resume(path, options, signal))
}
