import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { A_RUN } from '../run-argument.js'
import { warnOfMissing } from './show.js'

interface ReportFlags {
  readonly out?: string
  readonly json?: true
}

export function addReportCommand(program: Command, context: CommandContext): void {
  program
    .command('report')
    .argument('<run>', A_RUN)
    .summary('write one HTML file about a run')
    .description('write one HTML file about a run, finished or not: verdict, tables, figures; loads no code of the run')
    .option('--out <file>', "file to write; default: report.html in the run's folder")
    .option('--json', 'print JSON')
    .action(async (run: string, { json, ...request }: ReportFlags) => {
      const [{ readHistory }, { open }, { loadReport }, { runFolder }] = await Promise.all([
        import('@chorale/core/records'),
        import('@chorale/core/results'),
        import('../load-report.js'),
        import('../run-folder.js'),
      ])
      const { reportRun } = await loadReport(context)
      const path = await runFolder(run)
      const [results, history] = [await open(path), await readHistory(path)]
      const reported = await reportRun(results, history, request)
      warnOfMissing(reported.missing)
      if (json) printJson(reported)
      else process.stdout.write(`${reported.path}: ${Math.ceil(reported.bytes / 1024)} kB\n`)
    })
}
