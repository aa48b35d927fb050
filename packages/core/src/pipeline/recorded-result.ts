import { readCost } from '../batch/cost/cost-record.js'
import { failuresOf } from '../gates/failures.js'
import { layout, openRunDirectory, type RunRecord } from '../run-directory/index.js'
import type { RunResult } from './finish.js'
import { readSummary } from '../summary/read-summary.js'
import type { Summary } from '../summary/summary-schema.js'

/** The result of a run as its records have it; undefined while there is none. */
export async function recordedResult(path: string): Promise<RunResult | undefined> {
  const { path: run, record } = await openRunDirectory(path)
  const summary = await readSummary(layout.summaryFile(run))
  if (!summary) return undefined
  const failed = summary.gates.length > 0 ? failuresOf(summary.gates) : await failedByWarnings(summary, record)
  const cost = await readCost(run)
  return { path: run, summary, failedGates: failed, ...(cost ? { cost } : {}) }
}

/** A summary of an older version lists no gates, only warnings. */
async function failedByWarnings({ warnings, verification }: Summary, record: RunRecord): Promise<readonly string[]> {
  const [{ GATES }, { recordedSettings }] = await Promise.all([import('../gates/gates.js'), import('./reopen.js')])
  const { level, heterogeneity } = recordedSettings({ record }).validation
  const failing = new Set(level === 'fail' ? GATES.flatMap(({ warning }) => (warning === 'HETEROGENEITY' ? [] : [warning])) : [])
  if (heterogeneity === 'fail' && verification.verdict !== 'exact') failing.add('HETEROGENEITY')
  return warnings.filter(({ code }) => failing.has(code)).map(({ message }) => message)
}
