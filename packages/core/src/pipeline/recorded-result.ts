import { readCost } from '../batch/cost-record.js'
import { failuresOf } from '../gates/gate-summary.js'
import { GATES } from '../gates/gates.js'
import type { Settings } from '../settings/index.js'
import { layout, openRunDirectory, readRecord } from '../run-directory/index.js'
import type { RunResult } from './finish.js'
import { recordedSettings } from './reopen.js'
import { summarySchema, type Summary } from './summary-schema.js'

/** The result of a run as its records have it; undefined while there is none. */
export async function recordedResult(path: string): Promise<RunResult | undefined> {
  const { path: run, record } = await openRunDirectory(path)
  const summary = await readRecord(layout.summaryFile(run), summarySchema)
  if (!summary) return undefined
  const failed = summary.gates.length > 0 ? failuresOf(summary.gates) : failedByWarnings(summary, recordedSettings({ record }).validation)
  const cost = await readCost(run)
  return { path: run, summary, failedGates: failed, ...(cost ? { cost } : {}) }
}

/** A summary of an older version lists no gates, only warnings. */
function failedByWarnings({ warnings, verification }: Summary, { level, heterogeneity }: Settings['validation']): readonly string[] {
  const failing = new Set(level === 'fail' ? GATES.flatMap(({ warning }) => (warning === 'HETEROGENEITY' ? [] : [warning])) : [])
  if (heterogeneity === 'fail' && verification.verdict !== 'exact') failing.add('HETEROGENEITY')
  return warnings.filter(({ code }) => failing.has(code)).map(({ message }) => message)
}
