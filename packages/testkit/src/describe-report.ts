import type { CheckReport } from './report.js'

/** The two functions of a test runner (vitest, jest, mocha, node:test) that a report is told to. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  readonly it: ((name: string, body: () => void) => unknown) & { skip(name: string, body: () => void): unknown }
}

/**
 * Makes one test of each check of a report, so that a failed check is a failed test with its message.
 *
 * ```ts
 * import { describe, it } from 'vitest'
 * describeReport(await checkCombiner(mine), { describe, it })
 * ```
 */
export function describeReport({ subject, checks }: CheckReport, { describe, it }: TestRunner): void {
  describe(subject, () => {
    for (const { name, status, message } of checks) {
      const body = (): void => {
        if (status === 'failed') throw new Error(message)
      }
      if (status === 'skipped') it.skip(`${name} (${message ?? 'not declared'})`, body)
      else it(name, body)
    }
  })
}
