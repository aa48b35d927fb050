import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { addSettingsFlags, settingsForSampler, type SettingsFlags } from '../settings-flags.js'

interface OptimizeFlags extends SettingsFlags {
  readonly jacobian?: true
  readonly json?: true
}

/** `chorale optimize`: the mode of all rows, in one task. */
export function addOptimizeCommand(program: Command, context: CommandContext): void {
  addSettingsFlags(
    program
      .command('optimize')
      .summary('find the mode of the posterior')
      .description('find the mode of the posterior of all rows, in one task, and print it'),
  )
    .option('--jacobian', 'the mode on the unconstrained scale, with the Jacobian; default: on the constrained scale, as in Stan')
    .option('--json', 'print its summary.json instead of the table')
    .action(async (flags: OptimizeFlags) => {
      const jacobian = flags.jacobian ? [{ path: 'sampling.jacobian', value: 'true', origin: '--jacobian' }] : []
      const [{ carryOut }, { reportMode }] = await Promise.all([import('../carry-out.js'), import('../output/mode.js')])
      const settings = await settingsForSampler(flags, 'optimize', {}, jacobian)
      const work = { settings, ...reportMode({ json: flags.json === true }) }
      await carryOut(work, context, (runtime, signal) => runtime.pipeline.optimize(signal))
    })
}
