import type { Command } from 'commander'

import { STILL_RUNNING } from '../exit-codes.js'
import type { CommandContext } from '../main.js'
import { A_RUN } from '../run-argument.js'

interface CancelFlags {
  readonly trustRun?: true
  readonly json?: true
}

export function addCancelCommand(program: Command, context: CommandContext): void {
  program
    .command('cancel')
    .argument('<run>', A_RUN)
    .argument('[tasks...]', 'some of its tasks; default: all')
    .summary('end the tasks of a run, or some of them')
    .description('end the tasks of a run, or some of them, wherever they run; says what is left alive')
    .option('--trust-run', "load the plugin of the run's backend although others can write the run, or it has changed")
    .option('--json', 'print JSON')
    .action(async (run: string, tasks: readonly string[], flags: CancelFlags) => {
      const [{ createRuntime }, { runFolder }, { withoutSettings }, { printCancelled }] = await Promise.all([
        import('@chorale/core/runtime'),
        import('../run-folder.js'),
        import('../without-settings.js'),
        import('../output/detached.js'),
      ])
      const path = await runFolder(run)
      await using runtime = await createRuntime({ settings: withoutSettings(), builtins: context.builtins })
      const which = tasks.length === 0 ? 'all' : tasks
      const cancelled = await runtime.pipeline.cancel(path, { tasks: which, trustRun: flags.trustRun === true })
      printCancelled(cancelled, { json: flags.json === true })
      if (cancelled.alive.length > 0 || cancelled.driven) context.exit(STILL_RUNNING)
    })
}
