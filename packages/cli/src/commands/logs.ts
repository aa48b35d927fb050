import type { LogLine } from '@chorale/core'
import type { Command } from 'commander'

import { listenForInterrupts } from '../interrupts.js'
import type { CommandContext } from '../main.js'
import { A_RUN_OR_LATEST } from '../run-argument.js'

interface LogsFlags {
  readonly follow?: true
  readonly json?: true
}

export function addLogsCommand(program: Command, context: CommandContext): void {
  program
    .command('logs')
    .argument('[run]', A_RUN_OR_LATEST)
    .argument('[task]', 'one of its tasks, as sample-0003-1')
    .summary('what a run, or one of its tasks, has logged')
    .description('what a run has logged, or one of its tasks; loads no code of the run')
    .option('-f, --follow', 'also what comes, until the run or the task has ended')
    .option('--json', 'print a line of JSON for each: attempt, file, text')
    .action(async (run: string | undefined, task: string | undefined, flags: LogsFlags) => {
      const [{ runLogs }, { runFolder }] = await Promise.all([import('@chorale/core/records'), import('../run-folder.js')])
      const path = await runFolder(run ?? 'latest')
      using interrupts = listenForInterrupts(() => 'detach')
      const { signal } = interrupts
      const request = { ...(task === undefined ? {} : { task }), follow: flags.follow === true, signal }
      for await (const line of runLogs(path, request)) {
        if (signal.aborted) break
        process.stdout.write(`${flags.json ? JSON.stringify(line) : lineText(line)}\n`)
      }
      const interrupted = interrupts.exitCode()
      if (interrupted !== undefined) context.exitNow(interrupted)
    })
}

/** Of a task with the number of its attempt, and the file where it is not the attempt's record. */
function lineText({ attempt, file, text }: LogLine): string {
  if (attempt === 0) return text
  return `[${attempt}${file === '' ? '' : ` ${file}`}] ${text}`
}
