/** One clause that was tried. `skipped` is only ever due to a capability that the subject declares; the message says which. */
export interface CheckOutcome {
  readonly name: string
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped, in a sentence. */
  readonly message?: string
}

/** What a suite found out about one backend, sampler, combiner, data source, sharder or plugin. */
export interface CheckReport {
  /** `backend "mine"` */
  readonly subject: string
  readonly checks: readonly CheckOutcome[]
}

/** Whether nothing failed. */
export const hasPassed = (report: CheckReport): boolean => report.checks.every(({ status }) => status !== 'failed')

/** One line a check, failures with their message: for a terminal. */
export function formatReport({ subject, checks }: CheckReport): string {
  const lines = checks.map(
    ({ name, status, message }) => `  ${status.padEnd(7)} ${name}${message === undefined ? '' : `\n          ${message}`}`,
  )
  return [subject, ...lines].join('\n')
}
