import { createRuntime, type LoadedSettings, type RunOutcome, type Runtime } from '@chorale/core'
import type { Command } from 'commander'

import { listenForInterrupts } from '../interrupts.js'
import type { CommandContext } from '../main.js'
import { startProgress } from '../output/progress.js'
import { printOutcome } from '../output/outcome.js'
import { runFolder } from '../run-folder.js'
import { addSettingsFlags, settingsOf, type SettingsFlags } from '../settings-flags.js'
import { withoutSettings } from '../without-settings.js'

interface RunFlags extends SettingsFlags {
  readonly resume?: string
  readonly trustRun?: true
  readonly takeOver?: true
  readonly json?: true
}

export function addRunCommand(program: Command, context: CommandContext): void {
  addSettingsFlags(program.command('run').description('sample every shard, combine, verify, and print the posterior'))
    .option('--resume <run>', 'go on with a run (path, id or "latest"): finished chains are kept')
    .option('--take-over', 'with --resume: drive the run although another process does')
    .option('--trust-run', "with --resume: load the run's code although others can write it")
    .option('--json', 'print summary.json instead of the table')
    .action((flags: RunFlags) => (flags.resume === undefined ? startRun(flags, context) : resumeRun(flags.resume, flags, context)))
}

async function startRun(flags: RunFlags, context: CommandContext): Promise<void> {
  const settings = await settingsOf(flags)
  for (const warning of settings.warnings) process.stderr.write(`warning  ${warning}\n`)
  await carryOut(settings, flags, context, (runtime, signal) => runtime.pipeline.run(signal))
}

async function resumeRun(run: string, flags: RunFlags, context: CommandContext): Promise<void> {
  const path = await runFolder(run)
  const options = { trustRun: flags.trustRun === true, takeOver: flags.takeOver === true }
  await carryOut(withoutSettings(), flags, context, (runtime, signal) => runtime.pipeline.resume(path, options, signal))
}

/** Does something to a run with progress on standard error, an end on request, and the result on standard output. */
export async function carryOut(
  settings: LoadedSettings,
  { json }: { readonly json?: true },
  context: CommandContext,
  action: (runtime: Runtime, signal: AbortSignal) => Promise<RunOutcome>,
): Promise<void> {
  const progress = startProgress()
  using interrupts = listenForInterrupts(signal => progress.note(`${signal}: stopping; finished chains are kept (once more: at once)`))
  try {
    await using runtime = await createRuntime({ settings, builtins: context.builtins, observe: progress.observe })
    const outcome = await action(runtime, interrupts.signal)
    await progress.end(outcome.status === 'completed' ? 'done' : 'stopped')
    printOutcome(outcome, json === true)
    context.exit(interrupts.exitCode() ?? (outcome.status === 'completed' && outcome.failedGates.length === 0 ? 0 : 1))
  } catch (error) {
    await progress.end('failed')
    throw error
  }
}
