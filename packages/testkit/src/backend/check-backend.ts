import { DEFAULT_CAPABILITIES, type BackendCapabilities, type BackendDefinition } from '@chorale/core/contracts'
import { runChecks } from '../check.js'
import type { CheckReport } from '../report.js'
import type { BackendHarness } from './harness.js'
import { limitChecks } from './limits.js'
import { runningChecks } from './running.js'
import { shapeChecks } from './shape.js'
import { stoppingChecks } from './stopping.js'

export interface BackendCheckOptions {
  readonly harness: BackendHarness
  /** The backend's own options, as in the settings. Default `{}`. */
  readonly options?: unknown
  /** How long one check may take. Raise it for a queue that starts tasks slowly. Default 60. */
  readonly checkSeconds?: number
  /** How long the running tasks may take to stop. Default 10. */
  readonly stopSeconds?: number
}

/** A backend on trial: what every check of the suite is given. */
export interface BackendTrial {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the backend's own
  readonly definition: BackendDefinition<any>
  readonly capabilities: BackendCapabilities
  readonly harness: BackendHarness
  /** As in the settings, not yet validated. */
  readonly options: unknown
  readonly stopSeconds: number
}

/**
 * The contract of a backend, tried out: shape, running, stopping, limits. Each check makes an instance of its own and really runs tasks.
 *
 * Nothing can be left out by an option: a check is skipped only because of a capability that the definition declares.
 */
export async function checkBackend(
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  definition: BackendDefinition<any>,
  { harness, options = {}, checkSeconds = 60, stopSeconds = 10 }: BackendCheckOptions,
): Promise<CheckReport> {
  const capabilities = { ...DEFAULT_CAPABILITIES, ...definition.capabilities }
  const trial: BackendTrial = { definition, capabilities, harness, options, stopSeconds }
  const checks = await runChecks([...shapeChecks, ...runningChecks, ...limitChecks, ...stoppingChecks], trial, checkSeconds)
  return { subject: `backend "${definition.name}"`, checks }
}
