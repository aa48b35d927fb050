import type { BackendCapabilities, BackendDefinition } from '@chorale/core/contracts'
import type { Requirement } from '../check.js'
import type { FaultKind } from './faults.js'
import type { BackendHarness } from './harness.js'

/** A backend on trial: what every check of the contract is given. */
export interface BackendTrial {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the backend's own
  readonly definition: BackendDefinition<any>
  readonly capabilities: BackendCapabilities
  readonly harness: BackendHarness
  /** As in the settings, not yet validated. */
  readonly options: unknown
  /** How long the running tasks may take to stop. */
  readonly stopSeconds: number
  /** How long the first task may take to start, of a backend that declares `interactive`. */
  readonly startSeconds: number
}

export type BackendRequirement = Requirement<BackendTrial>

/** The capability has one of these values. */
export function declares<K extends keyof BackendCapabilities>(
  capability: K,
  ...values: readonly BackendCapabilities[K][]
): BackendRequirement {
  return {
    needs: `${capability}: ${values.join(' or ')}`,
    unmet: ({ capabilities }) =>
      values.includes(capabilities[capability]) ? undefined : `declares ${capability}: ${String(capabilities[capability])}`,
  }
}

/** Fewer shards in flight than a check can offer: only then a limit shows. */
export const shardLimitBelow = (shards: number): BackendRequirement => ({
  needs: `maxParallelShards below ${shards}`,
  unmet: ({ capabilities: { maxParallelShards } }) =>
    maxParallelShards < shards ? undefined : `declares maxParallelShards: ${maxParallelShards}`,
})

/** A crash can be caused: in this process through `context.runTask`, elsewhere by the harness, in a place that a crash does not take everything down. */
export const survives = (fault: FaultKind): BackendRequirement => ({
  needs: 'sameProcess: true, or isolation: thread or process',
  unmet: ({ capabilities: { sameProcess, isolation }, harness }) => {
    if (sameProcess) return undefined
    if (isolation === 'none') return 'declares neither sameProcess nor an isolation'
    return harness.faults?.includes(fault) ? undefined : unableHarness(fault)
  },
})

/** As `survives`, for a fault that only a process of its own outlives. */
export const survivesInProcess = (fault: FaultKind): BackendRequirement => ({
  needs: 'isolation: process',
  unmet: ({ capabilities: { isolation }, harness }) => {
    if (isolation !== 'process') return `declares isolation: ${isolation}`
    return harness.faults?.includes(fault) ? undefined : unableHarness(fault)
  },
})

const unableHarness = (fault: FaultKind): string => `its harness lists no fault "${fault}"`
