import type { Host, Plugin, RunContext, Task } from '@chorale/core'

/** What `chorale plugin check` uses of @chorale/testkit, which is loaded only then and may be absent. */
export interface Testkit {
  checkPlugin(plugin: Plugin, harness: { readonly backend: { readonly harness: TrialHarness } }): Promise<TrialReport>
  formatReport(report: TrialReport): string
  hasPassed(report: TrialReport): boolean
}

export interface TrialReport {
  readonly subject: string
  readonly checks: readonly { readonly name: string; readonly status: 'passed' | 'failed' | 'skipped'; readonly message?: string }[]
}

/** The real things that a backend is tried with. */
export interface TrialHarness {
  readonly faults: readonly ('exits' | 'killed' | 'hangs')[]
  host(): Host
  context(request: TrialRequest): Promise<Trial>
}

/** Code that goes wrong in the model of one shard, in the first so many attempts of each task. */
export interface TrialFault {
  readonly code: string
  readonly shard: number
  readonly attempts: number
}

export interface TrialRequest {
  readonly shards: number
  readonly chains: number
  readonly length: 'short' | 'long'
  readonly model: 'module' | 'inline'
  readonly throwingShard?: number
  readonly fault?: TrialFault
  readonly rows?: number
  readonly signal: AbortSignal
}

export interface Trial {
  readonly context: RunContext
  readonly tasks: readonly Task[]
  attemptDirectory(task: string, attempt: number): string
  dispose(): Promise<void>
}
