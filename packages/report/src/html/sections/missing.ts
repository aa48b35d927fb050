import type { MissingPart } from '../../readable-run.js'
import { html, type Markup } from '../markup.js'
import { counted } from '../number-text.js'

/** Parts that are named one by one. */
const NAMED = 40

/** What a report should show and could not read, each with the reason. */
export function missingSection(missing: readonly MissingPart[]): Markup | undefined {
  const known = [...new Map(missing.map(part => [`${part.what}: ${part.why}`, part])).values()]
  if (known.length === 0) return undefined
  return html`<section aria-labelledby="missing">
    <h2 id="missing">What is missing</h2>
    <p>
      ${counted(known.length, 'part')} of the run ${known.length === 1 ? 'is' : 'are'} not there or could not be read; everything else is
      shown.
    </p>
    <ul>
      ${known.slice(0, NAMED).map(({ what, why }) => html`<li><strong>${what}</strong>: ${why}</li>`)}
    </ul>
    ${known.length > NAMED && html`<p class="note">and ${known.length - NAMED} more</p>`}
  </section>`
}
