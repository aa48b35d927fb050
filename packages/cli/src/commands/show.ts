import type { MissingPart } from '@chorale/core/results'
import { InvalidArgumentError, type Command } from 'commander'

import { printJson } from '../output/json.js'
import { A_RUN } from '../run-argument.js'

interface ShowFlags {
  readonly shard?: number
  readonly json?: true
}

export function addShowCommand(program: Command): void {
  program
    .command('show')
    .argument('<run>', A_RUN)
    .argument('[parameter]', 'a parameter, or an element of one: beta[2]')
    .summary('the posterior as a table, or one parameter of it')
    .description('the posterior of a run as a table, or density and intervals of one parameter; loads no code of the run')
    .option('--shard <number>', "of this shard's sub-posterior", shardNumber)
    .option('--json', 'print JSON')
    .action(async (run: string, parameter: string | undefined, { shard, json }: ShowFlags) => {
      const [{ open }, { runFolder }, { showRun }] = await Promise.all([
        import('@chorale/core/results'),
        import('../run-folder.js'),
        import('../show/show-run.js'),
      ])
      const shown = await showRun(await open(await runFolder(run)), {
        ...(parameter === undefined ? {} : { name: parameter }),
        ...(shard === undefined ? {} : { shard }),
      })
      warnOfMissing(shown.missing)
      if (json) printJson(shown.json)
      else process.stdout.write(shown.text)
    })
}

export function shardNumber(text: string): number {
  const shard = Number(text)
  if (!Number.isInteger(shard) || shard < 0) throw new InvalidArgumentError('It must be the number of a shard, from 0.')
  return shard
}

export function warnOfMissing(missing: readonly MissingPart[]): void {
  for (const { what, why } of missing) process.stderr.write(`missing: ${what}: ${why}\n`)
}
