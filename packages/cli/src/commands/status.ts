import type { RunStatus } from '@chorale/core/records'
import type { Command } from 'commander'

import { STILL_RUNNING } from '../exit-codes.js'
import { listenForInterrupts } from '../interrupts.js'
import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { A_RUN_OR_LATEST } from '../run-argument.js'

interface StatusFlags {
  readonly wait?: true
  readonly trustRun?: true
  readonly json?: true
}

const FAILED = 1

export function addStatusCommand(program: Command, context: CommandContext): void {
  program
    .command('status')
    .argument('[run]', A_RUN_OR_LATEST)
    .summary('how far a run is')
    .description('how far a run is; loads no code of the run')
    .option('--wait', 'wait until all chains have ended; then collect and combine as attach does, where nobody else does')
    .option('--trust-run', "with --wait: load the run's code although others can write it")
    .option('--json', 'print JSON')
    .action(async (run: string | undefined, flags: StatusFlags, command: Command) => {
      if (flags.trustRun && !flags.wait) command.error('error: --trust-run needs --wait: otherwise no code is loaded')
      const [{ runStatus }, { runFolder }] = await Promise.all([import('@chorale/core/records'), import('../run-folder.js')])
      const path = await runFolder(run ?? 'latest')
      if (flags.wait) return waitAndCollect(path, flags, context)
      const status = await runStatus(path)
      await print(status, flags)
      if (status.state === 'running' || status.state === 'detached') context.exit(STILL_RUNNING)
      if (status.state === 'failed') context.exit(FAILED)
    })
}

async function print(status: RunStatus, { json }: StatusFlags): Promise<void> {
  if (json) return printJson(status)
  const { describeStatus } = await import('../output/status.js')
  process.stdout.write(describeStatus(status))
}

async function waitAndCollect(path: string, flags: StatusFlags, context: CommandContext): Promise<void> {
  const { recordedResult, runStatus } = await import('@chorale/core/records')
  const interrupted = await wait(path)
  if (interrupted !== undefined) return context.exitNow(interrupted)
  const status = await runStatus(path)
  if (status.state === 'cancelled' || status.state === 'interrupted' || status.state === 'failed') {
    await print(status, flags)
    return context.exit(FAILED)
  }
  // A mode that was looked for is no result that could be collected.
  if (status.state === 'finished' && !(await recordedResult(path))) return print(status, flags)
  // Loaded only now: until here nothing of the run but its records was read.
  const [{ attachTo }, { reportRun }] = await Promise.all([import('./attach.js'), import('../output/outcome.js')])
  await attachTo(path, flags, { ...reportRun({ json: true, resume: '' }), print: () => undefined }, context)
  await print(await runStatus(path), flags)
}

/** Resolves with the exit code of a signal that came. */
async function wait(path: string): Promise<number | undefined> {
  const [{ waitForRun }, { watchedText }] = await Promise.all([import('@chorale/core/records'), import('../output/watched.js')])
  using interrupts = listenForInterrupts(() => 'detach')
  const { signal } = interrupts
  await waitForRun(path, { until: 'ended', signal, onChange: seen => process.stderr.write(`${watchedText(seen)}\n`) })
  return interrupts.exitCode()
}
