import { Option, type Command } from 'commander'

import type { ExportFlags } from '../load-report.js'
import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { counted } from '../output/number.js'
import { A_RUN } from '../run-argument.js'
import { shardNumber, warnOfMissing } from './show.js'

/** Here and not in @chorale/report, so that the help needs no such package. */
const FORMATS = ['netcdf', 'cmdstan', 'parquet', 'arrow', 'json'] as const

export function addExportCommand(program: Command, context: CommandContext): void {
  program
    .command('export')
    .argument('<run>', A_RUN)
    .summary('write the draws for ArviZ, R, DuckDB and others')
    .description('write the draws of a run for other programs; loads no code of the run')
    .addOption(new Option('--format <name>', 'netcdf is the one for ArviZ').choices(FORMATS).makeOptionMandatory())
    .option('--out <path>', 'file to write, for cmdstan a folder; default: named after the run, in the current folder')
    .option('--shard <number>', "the draws of this shard's sub-posterior instead of the posterior", shardNumber)
    .option('--force', 'replace what is there')
    .option('--json', 'print JSON')
    .action(async (run: string, { force, json, ...flags }: ExportFlags & { readonly force?: true; readonly json?: true }) => {
      const [{ open }, { loadReport }, { runFolder }] = await Promise.all([
        import('@chorale/core/results'),
        import('../load-report.js'),
        import('../run-folder.js'),
      ])
      const { exportRun } = await loadReport(context)
      const exported = await exportRun(await open(await runFolder(run)), { ...flags, existing: force ? 'replace' : 'refuse' })
      warnOfMissing(exported.missing)
      if (json) return printJson(exported)
      process.stdout.write(`${exported.path}: ${counted(exported.draws, 'draw')} of ${counted(exported.chains, 'chain')}\n`)
      for (const path of exported.predictions ?? []) process.stdout.write(`${path}\n`)
    })
}
