import type { LogLine } from '@chorale/core'
import type { Command } from 'commander'

import { listenForInterrupts } from '../interrupts.js'
import type { CommandContext } from '../main.js'

export function addLogsCommand(program: Command, context: CommandContext): void {
  program
    .command('logs [run] [task]')
    .description('what a run has logged (path, id or "latest", the default), or one of its tasks; loads no code of the run')
    .option('-f, --follow', 'also what comes, until the run or the task has ended')
    .action(async (run: string | undefined, task: string | undefined, flags: { readonly follow?: true }) => {
      const [{ runLogs }, { runFolder }] = await Promise.all([import('@chorale/core/records'), import('../run-folder.js')])
      const path = await runFolder(run ?? 'latest')
      using interrupts = listenForInterrupts(() => 'detach')
      const { signal } = interrupts
      const request = { ...(task === undefined ? {} : { task }), follow: flags.follow === true, signal }
      for await (const line of runLogs(path, request)) {
        if (signal.aborted) break
        process.stdout.write(`${lineText(line)}\n`)
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
