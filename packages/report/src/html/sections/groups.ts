import type { SummaryRow } from '../../readable-run.js'
import { html, type Markup } from '../markup.js'
import { counted, shortNumber } from '../number-text.js'
import * as Plot from '../plot.js'
import type { ReportContext } from '../report-context.js'
import { evenly } from '../scalar-draws.js'

/** Lines of a figure. */
const DRAWN = 60

/** How groups differ, where shards have parameters of their own: an interval for each group, in the order of their medians. */
export function groupsSection({ run, figures }: ReportContext): Markup | undefined {
  const { record, summary } = run
  const locals = record?.plan.parameters.filter(({ scope }) => scope === 'local') ?? []
  const rows = Object.entries(summary?.parameters ?? {})
  const drawn = locals.flatMap(({ name }) => {
    const own = rows.filter(([element]) => element.startsWith(`${name}[`))
    return own.length > 1 ? [forestFigure(figures, name, own)] : []
  })
  if (drawn.length === 0) return undefined
  return html`<section aria-labelledby="groups">
    <h2 id="groups">Groups</h2>
    <p>Parameters that each group has for itself: the median of each and 90 % of its draws, in the order of the medians.</p>
    <div class="figures">${drawn}</div>
  </section>`
}

function forestFigure(figures: ReportContext['figures'], name: string, own: readonly (readonly [string, SummaryRow])[]): Markup {
  const sorted = own.map(([element, row]) => ({ element, ...row })).sort((a, b) => a.q50 - b.q50)
  const rows = evenly(sorted.length, DRAWN).map(k => sorted[k]!)
  return figures.figure({
    title: `${name} by group`,
    parameters: rows.map(({ element }) => element),
    description: `Medians and 90 % intervals of ${name} in ${counted(rows.length, 'group')}, from ${sorted[0]!.element}, median ${shortNumber(sorted[0]!.q50)}, to ${sorted.at(-1)!.element}, median ${shortNumber(sorted.at(-1)!.q50)}.`,
    wide: true,
    width: 700,
    marginLeft: 110,
    height: 50 + 13 * rows.length,
    x: { label: name, ticks: 6 },
    y: { label: null, type: 'band', padding: 0.3, domain: rows.map(({ element }) => element) },
    marks: [
      Plot.ruleY(rows, { x1: 'q5', x2: 'q95', y: 'element', stroke: 'var(--chain-0)', strokeWidth: 1.6 }),
      Plot.dot(rows, { x: 'q50', y: 'element', r: 2.6, fill: 'var(--ground)', stroke: 'var(--chain-0)' }),
    ],
    ...(rows.length < sorted.length
      ? { note: `${rows.length} of ${counted(sorted.length, 'group')}, evenly spaced by their medians; the table of parameters has all.` }
      : {}),
    table: {
      caption: `${name} by group`,
      columns: ['group', '5 %', 'median', '95 %'],
      rows: rows.map(({ element, q5, q50, q95 }) => [element, ...[q5, q50, q95].map(shortNumber)]),
    },
    places: rows.map(({ q50, element }) => [q50, element]),
  })
}
