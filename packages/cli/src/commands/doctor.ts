import type { Diagnosis } from '@chorale/core'
import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { labelled } from '../output/labelled.js'
import { addSettingsFlags, settingsOf, type SettingsFlags } from '../settings-flags.js'

interface DoctorFlags extends SettingsFlags {
  readonly job?: true
  readonly runJob?: true
  readonly json?: true
}

const RESOURCES = 3

export function addDoctorCommand(program: Command, context: CommandContext): void {
  addSettingsFlags(
    program
      .command('doctor')
      .summary('what a run would meet on this machine')
      .description('what a run would meet here: this machine, settings, plugins, run folder, backend'),
  )
    .option('--job', 'submit a job that is held, and remove it: whether the site takes what is asked for')
    .option('--run-job', 'run a job of seconds on a node: Node there, the run folder, memory for WebAssembly; waits up to five minutes')
    .option('--json', 'print JSON')
    .action(async (flags: DoctorFlags) => {
      const { doctor } = await import('@chorale/core')
      const { backend } = flags
      const request = { load: () => settingsOf(flags), folder: process.cwd(), builtins: context.builtins }
      const job = flags.runJob ? 'run' : flags.job ? 'held' : undefined
      const found = await doctor({ ...request, ...(backend === undefined ? {} : { backend }), ...(job === undefined ? {} : { job }) })
      if (flags.json) printJson(found)
      else process.stdout.write(describe(found))
      if (found.some(({ level }) => level === 'problem')) context.exit(RESOURCES)
    })
}

/** A line for each thing, and below what is not right what to change. */
function describe(found: readonly Diagnosis[]): string {
  const lines = found.flatMap(({ what, level, found: seen, change }) => [
    labelled(level, `${what}: ${seen}`),
    ...(change === undefined ? [] : [labelled('', `change: ${change}`)]),
  ])
  const count = (level: Diagnosis['level']): number => found.filter(one => one.level === level).length
  const [problems, warnings] = [count('problem'), count('warning')]
  const verdict = problems > 0 ? `${problems} to be mended before a run` : warnings > 0 ? 'nothing stands against a run' : 'all is well'
  return `${lines.join('\n')}\n${verdict}\n`
}
