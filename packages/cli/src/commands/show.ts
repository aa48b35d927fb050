import { open } from '@chorale/core/results'
import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { runFolder } from '../run-folder.js'
import { loadReport, shardNumber, warnOfMissing } from './export.js'

interface ShowFlags {
  readonly shard?: number
  readonly json?: true
}

export function addShowCommand(program: Command, context: CommandContext): void {
  program
    .command('show <run> [parameter]')
    .description('the posterior of a run as a table, or density and intervals of one parameter; loads no code of the run')
    .option('--shard <number>', "of this shard's sub-posterior", shardNumber)
    .option('--json', 'print JSON')
    .action(async (run: string, parameter: string | undefined, { shard, json }: ShowFlags) => {
      const { showRun } = await loadReport(context)
      const shown = await showRun(await open(await runFolder(run)), {
        ...(parameter === undefined ? {} : { name: parameter }),
        ...(shard === undefined ? {} : { shard }),
      })
      warnOfMissing(shown.missing)
      if (json) printJson(shown.json)
      else process.stdout.write(shown.text)
    })
}
