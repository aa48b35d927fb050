import { DEFAULT_CAPABILITIES, type BackendDefinition } from '@chorale/core/contracts'
import { clausesOf, tryClauses, type Clause } from '../clause.js'
import type { CheckReport } from '../report.js'
import { attemptChecks } from './attempts.js'
import { detachingChecks } from './detaching.js'
import { eventChecks } from './events.js'
import type { BackendHarness } from './harness.js'
import { limitChecks } from './limits.js'
import { memoryChecks } from './memory.js'
import { resultChecks } from './results.js'
import { shapeChecks } from './shape.js'
import { startingChecks } from './starting.js'
import { stoppingChecks } from './stopping.js'
import { transportChecks } from './transport.js'

export interface BackendContractOptions {
  readonly harness: BackendHarness
  /** The backend's own options, as in the settings. Default `{}`. */
  readonly options?: unknown
  /** How long one clause may take. Raise it for a queue that starts tasks slowly. Default 60. */
  readonly clauseSeconds?: number
  /** How long the running tasks may take to stop. Default 10. */
  readonly stopSeconds?: number
  /** How long the first task may take to start, of a backend that declares `interactive`. Default 10. */
  readonly startSeconds?: number
}

const checks = [
  ...shapeChecks,
  ...memoryChecks,
  ...startingChecks,
  ...eventChecks,
  ...resultChecks,
  ...limitChecks,
  ...attemptChecks,
  ...stoppingChecks,
  ...detachingChecks,
  ...transportChecks,
]

/**
 * The contract of a backend, clause by clause: what it is, what it needs, how it runs, reports, retries and stops. Each clause makes an instance of its own with
 * `definition.create`, and really runs tasks.
 *
 * No option leaves a clause out: it is skipped only because of a capability that the definition declares, and says which.
 */
export function backendContract(
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the backend's own
  definition: BackendDefinition<any>,
  { harness, options = {}, clauseSeconds = 60, stopSeconds = 10, startSeconds = 10 }: BackendContractOptions,
): readonly Clause[] {
  const capabilities = { ...DEFAULT_CAPABILITIES, ...definition.capabilities }
  return clausesOf(checks, { definition, capabilities, harness, options, stopSeconds, startSeconds }, clauseSeconds)
}

/** Tries the whole contract of a backend. Never rejects. */
export async function checkBackend(
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  definition: BackendDefinition<any>,
  options: BackendContractOptions,
): Promise<CheckReport> {
  return { subject: `backend "${definition.name}"`, checks: await tryClauses(backendContract(definition, options)) }
}
