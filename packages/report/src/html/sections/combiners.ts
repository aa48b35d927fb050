import { tableMarkup } from '../data-table.js'
import { html, type Markup } from '../markup.js'
import { shortNumber } from '../number-text.js'
import * as Plot from '../plot.js'
import type { ReportContext } from '../report-context.js'
import type { ReportedSummary } from '../reported-run.js'

/** What a combiner that chooses has taken. */
function choice({ diagnostics }: ReportedSummary): string {
  const chosen = diagnostics?.['chosen']
  return typeof chosen === 'string' ? `, which chose ${chosen}` : ''
}

/** Every combination of the shards that the run has, side by side. */
export function combinersSection({ run, history, chosen, figures }: ReportContext): Markup | undefined {
  const { combinations } = history
  if (run.shards.length < 2 || combinations.length === 0) return undefined
  const reference = run.summary ?? combinations[0]!.summary
  const names = chosen.names.filter(name => reference.parameters[name])
  return html`<section aria-labelledby="combiners">
    <h2 id="combiners">Combiners</h2>
    <p>
      ${
        combinations.length === 1
          ? html`The run has one combination, by <strong>${combinations[0]!.combiner}</strong>${choice(combinations[0]!.summary)}. Another
              one: <code>chorale combine ${run.path} --combiner gaussian</code>`
          : html`Combinations of the same sub-posteriors; the result is that of <strong>${reference.combiner}</strong>.`
      }
    </p>
    ${tableMarkup(
      {
        caption: 'Combinations',
        columns: ['combiner', 'verdict', 'k-hat', 'largest shift'],
        rows: combinations.map(({ combiner, summary: { verification } }) => [
          combiner,
          verification.verdict,
          shortNumber(verification.paretoK),
          shortNumber(verification.maxShift),
        ]),
      },
      'words',
    )}
    ${
      combinations.length > 1 &&
      html`<div class="figures">
        ${names.map(name => {
          const rows = combinations.flatMap(({ combiner, summary: { parameters } }) => {
            const row = parameters[name]
            return row ? [{ combiner, ...row }] : []
          })
          return figures.figure({
            title: `${name} by combiner`,
            parameters: [name],
            description: `Median and 90 % interval of ${name} by each combiner.`,
            height: 50 + 18 * rows.length,
            marginLeft: 110,
            x: { label: null, ticks: 4 },
            y: { label: null, type: 'band', padding: 0.3 },
            marks: [
              Plot.ruleY(rows, { x1: 'q5', x2: 'q95', y: 'combiner', stroke: 'var(--chain-0)', strokeWidth: 1.6 }),
              Plot.dot(rows, { x: 'q50', y: 'combiner', r: 3, fill: 'var(--chain-0)' }),
            ],
            table: {
              caption: `${name} by combiner`,
              columns: ['combiner', 'mean', 'sd', '5 %', 'median', '95 %'],
              rows: rows.map(({ combiner, mean, sd, q5, q50, q95 }) => [combiner, ...[mean, sd, q5, q50, q95].map(shortNumber)]),
            },
            places: rows.map(({ q50, combiner }) => [q50, combiner]),
          })
        })}
      </div>`
    }
  </section>`
}
