import { resolve } from 'node:path'

import { createRuntime, parseSettings, type RunObserver, type RunOutcome, type SettingsInput } from '@chorale/core'

import { builtins } from './builtins.js'
import { open, type OpenedRun } from './open.js'

export interface RunOptions {
  /** Paths in the settings are relative to this folder. Default: the current one. */
  readonly folder?: string
  /** Hears everything that happens: plan, tasks, warnings. */
  readonly observe?: RunObserver
  /** Abort with the reason `stop` to end with everything that a resume needs on disk. */
  readonly signal?: AbortSignal
}

/** How a run ended, and the way to what it found. */
export type FinishedRun = RunOutcome & {
  /** Opens the results in the folder of the run: draws, quantiles, exports. Names as in `open`. */
  open<Name extends string = string>(): Promise<OpenedRun<Name>>
}

/**
 * Runs a configuration and resolves with its summary, or with `status: 'stopped'` after the signal was aborted: `const posterior = await (await run(config)).open()`.
 *
 * Rejects with a `ChoraleError` whose `code` is listed in docs/errors.md.
 */
export async function run(config: SettingsInput, options: RunOptions = {}): Promise<FinishedRun> {
  await using runtime = await runtimeFor(config, options)
  const outcome = await runtime.pipeline.run(options.signal ?? new AbortController().signal)
  return { ...outcome, open: <Name extends string>() => open<Name>(outcome.path) }
}

function runtimeFor(config: SettingsInput, { folder = '.', observe }: RunOptions) {
  const settings = { settings: parseSettings(config, 'run()'), origins: new Map<string, string>(), warnings: [], folder: resolve(folder) }
  return createRuntime({ settings, builtins, ...(observe ? { observe } : {}) })
}
