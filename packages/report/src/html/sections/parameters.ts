import { describe } from '@chorale/diagnostics'

import type { SummaryRow } from '../../readable-run.js'
import { html, Markup, escaped } from '../markup.js'
import { counted, countText, ratioText, shortNumber, valueText } from '../number-text.js'
import type { ReportContext } from '../report-context.js'
import { readScalars } from '../scalar-draws.js'

/** Rows of the table, in groups of so many: one that is closed costs a reader nothing. */
const GROUP = 200
const ROWS = 8000

const COLUMNS: readonly (readonly [title: string, read: (row: SummaryRow) => string])[] = [
  ['mean', row => valueText(row.mean, row.sd)],
  ['sd', row => shortNumber(row.sd)],
  ['MCSE', row => shortNumber(row.mcseMean)],
  ['5 %', row => valueText(row.q5, row.sd)],
  ['median', row => valueText(row.q50, row.sd)],
  ['95 %', row => valueText(row.q95, row.sd)],
  ['ESS bulk', row => countText(row.essBulk)],
  ['ESS tail', row => countText(row.essTail)],
  ['R-hat', row => ratioText(row.rhat)],
]

/** The table of results; where the run has none, one of the draws that there are. */
export async function parametersSection(context: ReportContext): Promise<Markup> {
  const { run, chosen } = context
  const rows = run.summary ? Object.entries(run.summary.parameters) : await rowsOfDraws(context)
  const groups = Array.from({ length: Math.ceil(Math.min(rows.length, ROWS) / GROUP) }, (_, g) =>
    rows.slice(g * GROUP, Math.min(ROWS, (g + 1) * GROUP)),
  )
  const table = (some: typeof rows, from: number): Markup => parameterTable(some, `Parameters ${from + 1} to ${from + some.length}`)
  return html`<section aria-labelledby="parameters">
    <h2 id="parameters">Parameters</h2>
    <p>
      Posterior mean, standard deviation, Monte Carlo standard error of the mean, quantiles, effective sample sizes and
      R-hat.${run.shards.length > 1 && ' Of a combination R-hat does not exist: each shard has its own, below.'}
    </p>
    ${!run.summary && html`<p class="note">${posteriorNote(context, rows.length)}</p>`}
    ${
      groups.length <= 1
        ? table(rows.slice(0, ROWS), 0)
        : groups.map(
            (group, g) =>
              html`<details class="group" ${g === 0 && html`open`}>
                <summary>${group[0]![0]} to ${group.at(-1)![0]}</summary>
                ${table(group, g * GROUP)}
              </details>`,
          )
    }
    ${
      rows.length > ROWS &&
      html`<p class="note">
        The first ${countText(ROWS)} of ${counted(rows.length, 'parameter')}; all of them: <code>chorale show ${run.id} --json</code>
      </p>`
    }
    ${chosen.note !== undefined && html`<p class="note">${chosen.note}</p>`}
  </section>`
}

const posteriorNote = ({ posterior, examined, run }: ReportContext, rows: number): string =>
  rows === 0
    ? 'There are no draws that can be read.'
    : `The run has no table of results: this is of the draws that can be read${run.shards.length > 1 && posterior.chains.length === 0 ? ` of shard ${examined?.id}` : ''}, on the ${(examined?.set ?? posterior).scale} scale.`

async function rowsOfDraws({ posterior, examined, chosen }: ReportContext): Promise<readonly (readonly [string, SummaryRow])[]> {
  const set = posterior.chains.length > 0 ? posterior : examined?.set
  if (!set) return []
  const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)
  const { scalars } = await readScalars(set, chosen.names)
  return scalars.map(({ name, chains }) => {
    const { mcseMean, essBulk, essTail, rhat, ...row } = describe(chains)
    return [name, { ...row, mcseMean: orNull(mcseMean), essBulk: orNull(essBulk), essTail: orNull(essTail), rhat: orNull(rhat) }] as const
  })
}

/** Ends of cells and rows are left out, as HTML allows: a table of thousands of rows is half as long. */
function parameterTable(rows: readonly (readonly [string, SummaryRow])[], caption: string): Markup {
  const head = COLUMNS.map(([title]) => `<th scope="col">${title}`).join('')
  const body = rows
    .map(([name, row]) => `<tr><th scope="row">${escaped(name)}${COLUMNS.map(([, read]) => `<td>${read(row)}`).join('')}`)
    .join('')
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
    <table class="parameters sortable">
      <caption class="unseen">
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">parameter</th>
          ${new Markup(head)}
        </tr>
      </thead>
      <tbody>
        ${new Markup(body)}
      </tbody>
    </table>
  </div>`
}
