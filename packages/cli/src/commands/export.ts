import { ChoraleError } from '@chorale/core'
import { open, type MissingPart, type RunResults } from '@chorale/core/results'
import { InvalidArgumentError, Option, type Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { counted } from '../output/number.js'
import { runFolder } from '../run-folder.js'

/** What `chorale export` and `chorale show` use of @chorale/report, which is loaded only then and may be absent. */
export interface ReportPackage {
  exportRun(run: RunResults, request: ExportFlags & { readonly existing: 'refuse' | 'replace' }): Promise<Exported>
  showRun(
    run: RunResults,
    request: { readonly name?: string; readonly shard?: number },
  ): Promise<{ readonly text: string; readonly json: object; readonly missing: readonly MissingPart[] }>
}

interface Exported {
  readonly format: string
  readonly path: string
  readonly chains: number
  readonly draws: number
  readonly missing: readonly MissingPart[]
}

interface ExportFlags {
  readonly format: string
  readonly out?: string
  readonly shard?: number
}

/** Here and not in @chorale/report, so that the help needs no such package. */
const FORMATS = ['netcdf', 'cmdstan', 'parquet', 'arrow', 'json'] as const

export function addExportCommand(program: Command, context: CommandContext): void {
  program
    .command('export <run>')
    .description('write the draws of a run for other programs (run: path, id or "latest"); loads no code of the run')
    .addOption(new Option('--format <name>', 'netcdf is the one for ArviZ').choices(FORMATS).makeOptionMandatory())
    .option('--out <path>', 'file to write, for cmdstan a folder; default: named after the run, in the current folder')
    .option('--shard <number>', "the draws of this shard's sub-posterior instead of the posterior", shardNumber)
    .option('--force', 'replace what is there')
    .option('--json', 'print JSON')
    .action(async (run: string, { force, json, ...flags }: ExportFlags & { readonly force?: true; readonly json?: true }) => {
      const { exportRun } = await loadReport(context)
      const exported = await exportRun(await open(await runFolder(run)), { ...flags, existing: force ? 'replace' : 'refuse' })
      warnOfMissing(exported.missing)
      if (json) printJson(exported)
      else process.stdout.write(`${exported.path}: ${counted(exported.draws, 'draw')} of ${counted(exported.chains, 'chain')}\n`)
    })
}

/** @throws ChoraleError `CHORALE_REPORT_NOT_INSTALLED` */
export function loadReport(context: CommandContext): Promise<ReportPackage> {
  if (context.loadReport) return context.loadReport()
  throw new ChoraleError('CHORALE_REPORT_NOT_INSTALLED', 'Exports and densities need @chorale/report, which is not installed.', {
    fix: 'npm install @chorale/report',
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
