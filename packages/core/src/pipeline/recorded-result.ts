import { GATE_CODES } from '../gates/gates.js'
import { layout, openRunDirectory, readRecord } from '../run-directory/index.js'
import type { RunResult } from './finish.js'
import { recordedSettings } from './reopen.js'
import { summarySchema } from './summary-schema.js'

/** The result of a run as its records have it; undefined while there is none. */
export async function recordedResult(path: string): Promise<RunResult | undefined> {
  const { path: run, record } = await openRunDirectory(path)
  const summary = await readRecord(layout.summaryFile(run), summarySchema)
  if (!summary) return undefined
  const { validation } = recordedSettings({ record })
  const failing = new Set([
    ...(validation.level === 'fail' ? GATE_CODES : []),
    ...(validation.heterogeneity === 'fail' && summary.verification.verdict !== 'exact' ? ['HETEROGENEITY'] : []),
  ])
  return { path: run, summary, failedGates: summary.warnings.filter(({ code }) => failing.has(code)).map(({ message }) => message) }
}
