import { html, type Markup } from '../markup.js'
import { counted } from '../number-text.js'
import type { ReportContext } from '../report-context.js'

const STATES = {
  finished: 'The run has ended, but its summary cannot be read',
  running: 'Not yet: the run goes on',
  detached: 'Not yet: the tasks of the run may go on by themselves, and nobody has collected them',
  failed: 'No: the run failed',
  cancelled: 'No: the run was cancelled',
  interrupted: 'No: the run did not come to its end',
} as const

/** A run that looked for a mode has a verdict and no summary. */
function stateOf({ state, verdict }: ReportContext['history']): string {
  if (verdict !== undefined) return `No: the run has ${verdict}`
  return state ? STATES[state] : 'No: the plan of the run cannot be read, and it has no result'
}

/** Of a run without a result: what failed and what is missing. */
export function unfinishedSection({ run, history }: Pick<ReportContext, 'run' | 'history'>): Markup {
  const failures = history.attempts.filter(({ status }) => status === 'failed')
  const planned = run.record ? run.record.plan.shards.length * run.record.plan.chains : undefined
  const finished = history.attempts.filter(({ task, counts }) => counts && task.startsWith('sample-')).length
  const next = {
    finished: `chorale combine ${run.path}`,
    running: `chorale status ${run.path}`,
    detached: `chorale attach ${run.path}`,
    failed: `chorale run --resume ${run.path}`,
    cancelled: `chorale run --resume ${run.path}`,
    interrupted: `chorale run --resume ${run.path}`,
  }[history.state ?? 'interrupted']
  return html`<section aria-labelledby="verdict">
    <h2 id="verdict">Can I use this posterior?</h2>
    <div class="verdict bad">
      <p>${stateOf(history)}.</p>
      ${planned !== undefined && history.verdict === undefined && html`<p>${finished} of ${counted(planned, 'chain')} are finished. What follows is of these alone: it is no result.</p>`}
      ${history.verdict === undefined && html`<p>To go on: <code>${next}</code></p>`}
    </div>
    ${
      failures.length > 0 &&
      html`<h3>What failed</h3>
        <ul class="judged">
          ${failures
            .slice(0, FAILURES)
            .map(
              ({ task, attempt, reason, host }) =>
                html`<li>
                  <span class="badge bad">failed</span><strong>${task}</strong>, attempt ${attempt}${host !== undefined && ` on ${host}`}:
                  ${reason ?? 'it does not say why'}
                </li>`,
            )}
        </ul>
        ${failures.length > FAILURES && html`<p class="note">${failures.length - FAILURES} more: chorale logs ${run.path}</p>`}`
    }
  </section>`
}

/** Failures that are told one by one. */
const FAILURES = 20
