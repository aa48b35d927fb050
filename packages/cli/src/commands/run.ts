import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { addSettingsFlags, givenSettingsFlags, settingsOf, type SettingsFlags } from '../settings-flags.js'

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
    .action((flags: RunFlags, command: Command) => {
      const problem = contradiction(flags)
      if (problem !== undefined) command.error(`error: ${problem}`)
      return flags.resume === undefined ? startRun(flags, context) : resumeRun(flags.resume, flags, context)
    })
}

function contradiction(flags: RunFlags): string | undefined {
  const settings = givenSettingsFlags(flags)
  if (flags.resume !== undefined && settings.length > 0) {
    return `${settings.join(', ')} cannot be used with --resume: a run keeps the settings that it was started with (in its run.json)`
  }
  if (flags.resume === undefined && flags.takeOver) return '--take-over needs --resume'
  if (flags.resume === undefined && flags.trustRun) return '--trust-run needs --resume'
  return undefined
}

/** The command that goes on with a run that was stopped. */
export const RESUME = 'chorale run --resume'

async function startRun(flags: RunFlags, context: CommandContext): Promise<void> {
  const settings = await settingsOf(flags, { bundleWith: context.builtins })
  // Loaded while the bundle is made.
  const [{ carryOut }, { reportRun }] = await Promise.all([import('../carry-out.js'), import('../output/outcome.js')])
  const work = { settings, ...reportRun({ json: flags.json === true, resume: RESUME }) }
  await carryOut(work, context, (runtime, signal) => runtime.pipeline.run(signal))
}

async function resumeRun(run: string, flags: RunFlags, context: CommandContext): Promise<void> {
  const [{ carryOut }, { reportRun }] = await Promise.all([import('../carry-out.js'), import('../output/outcome.js')])
  const [{ runFolder }, { withoutSettings }] = await Promise.all([import('../run-folder.js'), import('../without-settings.js')])
  const path = await runFolder(run)
  const options = { trustRun: flags.trustRun === true, takeOver: flags.takeOver === true }
  const work = { settings: withoutSettings(), run: path, ...reportRun({ json: flags.json === true, resume: RESUME }) }
  await carryOut(work, context, (runtime, signal) => runtime.pipeline.resume(path, options, signal))
}
