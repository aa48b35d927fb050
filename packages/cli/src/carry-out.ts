import { createRuntime, formatError, runStatus, type LoadedSettings, type RunOutcome, type Runtime } from '@chorale/core'

import { listenForInterrupts } from './interrupts.js'
import type { CommandContext } from './main.js'
import { printOutcome, printWarnings } from './output/outcome.js'
import { startProgress } from './output/progress.js'

/** What is done, and how it is reported. */
export interface Work {
  readonly settings: LoadedSettings
  /** summary.json on standard output instead of the table. */
  readonly json: boolean
  /** The command that goes on, without the run, in case it is stopped. */
  readonly resume: string
  /** The run's folder, where it exists. */
  readonly run?: string
}

/** Does something to a run with progress on standard error, an end on request, and the result on standard output. */
export async function carryOut(
  { settings, json, resume, run }: Work,
  context: CommandContext,
  action: (runtime: Runtime, signal: AbortSignal) => Promise<RunOutcome>,
): Promise<void> {
  const progress = await startProgress()
  using interrupts = listenForInterrupts(signal => progress.note(`${signal}: stopping; finished chains are kept (once more: at once)`))
  try {
    if (run !== undefined) progress.startFrom((await runStatus(run)).chains.finished)
    await using runtime = await createRuntime({ settings, builtins: context.builtins, observe: progress.observe })
    const outcome = await action(runtime, interrupts.signal)
    await progress.end(outcome.status === 'completed' ? 'done' : 'stopped')
    printOutcome(outcome, { json, warnings: progress.warnings(), resume })
    const code = exitCodeOfOutcome(outcome, interrupts.exitCode())
    // A task that did not listen may still run in this process.
    if (outcome.status === 'stopped') context.exitNow(code)
    else context.exit(code)
  } catch (error) {
    const interrupted = interrupts.exitCode()
    await progress.end(interrupted === undefined ? 'failed' : 'stopped')
    printWarnings(progress.warnings())
    if (interrupted === undefined) throw error
    process.stderr.write(isAbort(error) ? 'Stopped before the run was planned: nothing is kept.\n' : `${formatError(error)}\n`)
    context.exitNow(interrupted)
  }
}

/** A result counts even if a stop was asked for while it was written. A run that ends by timeout.run has none. */
function exitCodeOfOutcome(outcome: RunOutcome, interrupted: number | undefined): number {
  if (outcome.status === 'stopped') return interrupted ?? 1
  return outcome.failedGates.length === 0 ? 0 : 1
}

/** Thrown by whatever gave up because the signal was aborted. */
const isAbort = (error: unknown): boolean => error === 'stop' || (error instanceof Error && error.name === 'AbortError')
