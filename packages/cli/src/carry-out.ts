import type { LoadedSettings, PlanFacts, RunEvent, Runtime, Warning } from '@chorale/core'
import { formatError } from '@chorale/core/command'
import { createRuntime } from '@chorale/core/runtime'

import { STILL_RUNNING } from './exit-codes.js'
import { policedInterrupts, type DetachingMode } from './interrupt-policy.js'
import type { CommandContext } from './main.js'
import { printWarnings } from './output/outcome.js'
import { startProgress } from './output/progress.js'

/** How something that is done to a run ended. */
export interface Ended {
  readonly status: 'completed' | 'stopped' | 'detached'
  readonly path: string
}

/** What is done, and how it is reported. */
export interface Work<O extends Ended> {
  readonly settings: LoadedSettings
  /** Default false: how each task begins and ends is not told. */
  readonly verbose?: boolean
  /** What signals do to tasks that outlive this process. Default `stop`. */
  readonly detaching?: DetachingMode
  /** Prints how it ended. */
  print(outcome: O, warnings: readonly Warning[]): void
  /** Whether it counts as failed although it ended well. */
  hasFailed?(outcome: O): boolean
}

/** Does something to a run with progress on standard error, an end on request, and the result on standard output. */
export async function carryOut<O extends Ended>(
  { settings, verbose = false, detaching = 'stop', print, hasFailed = () => false }: Work<O>,
  context: CommandContext,
  action: (runtime: Runtime, signal: AbortSignal) => Promise<O>,
): Promise<void> {
  const progress = await startProgress({ verbose })
  let plan: PlanFacts | undefined
  const observe = (event: RunEvent): void => {
    if (event.type === 'plan') plan = event.plan
    progress.observe(event)
  }
  using interrupts = policedInterrupts({ mode: detaching, plan: () => plan, note: line => progress.note(line) })
  try {
    await using runtime = await createRuntime({ settings, builtins: context.builtins, observe })
    const outcome = await action(runtime, interrupts.signal)
    await progress.end(outcome.status === 'stopped' ? 'stopped' : 'done')
    print(outcome, progress.warnings())
    // A result counts even if a stop was asked for while it was written. What ends by timeout.run has none.
    if (outcome.status === 'completed') context.exit(hasFailed(outcome) ? 1 : 0)
    else if (outcome.status === 'detached') context.exit(STILL_RUNNING)
    // A task that did not listen may still run in this process.
    else context.exitNow(interrupts.exitCode() ?? 1)
  } catch (error) {
    const interrupted = interrupts.exitCode()
    await progress.end(interrupted === undefined ? 'failed' : 'stopped')
    printWarnings(progress.warnings())
    if (interrupted === undefined) throw error
    process.stderr.write(isAbort(error) ? 'Stopped before the run was planned: nothing is kept.\n' : `${formatError(error)}\n`)
    context.exitNow(interrupted)
  }
}

/** Thrown by whatever gave up because the signal was aborted. */
const isAbort = (error: unknown): boolean =>
  error === 'stop' || error === 'detach' || error === 'cancel' || (error instanceof Error && error.name === 'AbortError')
