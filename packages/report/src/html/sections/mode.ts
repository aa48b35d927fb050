import { tableMarkup } from '../data-table.js'
import { html, type Markup } from '../markup.js'
import { countText, counted, shortNumber } from '../number-text.js'
import type { ReportedRun } from '../reported-run.js'

const LISTED = 8000

/** What a run found that looked for a mode. */
export function modeSection({ parameters, isConverged, warnings }: NonNullable<ReportedRun['mode']>): Markup {
  const rows = Object.entries(parameters)
  return html`<section aria-labelledby="mode">
    <h2 id="mode">${isConverged ? 'The mode' : 'The highest point that was reached'}</h2>
    <p>One point, without a spread: it says nothing of how uncertain parameters are.</p>
    ${warnings.map(({ code, message }) => html`<p><span class="badge warn">warning</span>${message} <code>${code}</code></p>`)}
    ${tableMarkup(
      {
        caption: 'Values',
        columns: ['parameter', 'value'],
        rows: rows.slice(0, LISTED).map(([name, value]) => [name, shortNumber(value)]),
      },
      'parameters sortable',
    )}
    ${rows.length > LISTED && html`<p class="note">The first ${countText(LISTED)} of ${counted(rows.length, 'parameter')}.</p>`}
  </section>`
}
