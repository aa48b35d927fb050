import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { addSettingsFlags, settingsForSampler, type SettingsFlags } from '../settings-flags.js'
import { RESUME } from './run.js'

interface ApproximateFlags extends SettingsFlags {
  readonly json?: true
}

const APPROXIMATIONS = [
  {
    name: 'laplace',
    summary: 'draw from a normal at the mode, and check it',
    description: 'draw from a normal at the mode instead of sampling, verify, and print the approximate posterior',
  },
  {
    name: 'pathfinder',
    summary: 'draw from normals on the way to the modes',
    description: 'draw from the best normals on the way to the modes instead of sampling, verify, and print the approximate posterior',
  },
] as const

/** `chorale laplace` and `chorale pathfinder`: `chorale run` with another sampler, and one chain unless the settings say. */
export function addApproximateCommands(program: Command, context: CommandContext): void {
  for (const { name, summary, description } of APPROXIMATIONS) {
    addSettingsFlags(program.command(name).summary(summary).description(description))
      .option('--json', 'print summary.json instead of the table')
      .action(async (flags: ApproximateFlags) => {
        const [{ carryOut }, { reportRun }] = await Promise.all([import('../carry-out.js'), import('../output/outcome.js')])
        const settings = await settingsForSampler(flags, name, { chains: 1 })
        const work = { settings, detaching: 'ask' as const, ...reportRun({ json: flags.json === true, resume: RESUME }) }
        await carryOut(work, context, (runtime, signal) => runtime.pipeline.run(signal))
      })
  }
}
