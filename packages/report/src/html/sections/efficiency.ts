import { essBulk, essQuantile } from '@chorale/diagnostics'

import { autocorrelation } from '../autocorrelation.js'
import { chainClass, chainKey } from '../chain-key.js'
import { essGrowth } from '../ess-growth.js'
import { html, type Markup } from '../markup.js'
import { countText, ordinal } from '../number-text.js'
import * as Plot from '../plot.js'
import { examinedNote, type ReportContext } from '../report-context.js'
import { readScalars, type Scalar } from '../scalar-draws.js'

const QUANTILES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
/** Parts of the draws after which effective sample sizes are looked at. */
const STEPS = 8
const LAGS = 40
/** Fewer draws of a chain have no such figures. */
const FEWEST = 40
/** Effective draws of a chain that are wanted, of bulk and of tails. Source: Vehtari et al. (2021), doi 10.1214/20-BA1221. */
const WANTED = 100

/** What draws are worth: by quantile, as the chains grew, and how long they remember. */
export async function efficiencySection(context: ReportContext): Promise<Markup | undefined> {
  const { examined, chosen, figures } = context
  if (!examined) return undefined
  const { scalars, chains, rows, every } = await readScalars(examined.set, chosen.names)
  if (rows < FEWEST) return undefined
  const moving = scalars.filter(({ chains: draws }) => Number.isFinite(essBulk(draws)))
  const wanted = WANTED * chains.length
  return html`<section aria-labelledby="efficiency">
    <h2 id="efficiency">Effective draws and autocorrelation</h2>
    ${examinedNote(context)}
    <p>
      By quantile: how many independent draws the estimate of each quantile is worth. Evolution: bulk and tail as draws came in; both should
      grow along straight lines. At least ${wanted} are wanted (the dashed line). Autocorrelation: what a draw says of one so many draws
      later.
      ${every > 1 && `All of it is counted from every ${ordinal(every)} draw: all draws together are worth more, as the table of parameters says.`}
    </p>
    ${chainKey(chains)}
    <div class="sets three">
      ${moving.map(
        scalar =>
          html`<div class="set">
            ${byQuantile(figures, scalar, wanted)} ${evolution(figures, scalar, { wanted, every })}
            ${autocorrelationFigure(figures, scalar, { chains, every })}
          </div>`,
      )}
    </div>
  </section>`
}

type Figures = ReportContext['figures']

const wantedRule = (wanted: number) => Plot.ruleY([wanted], { stroke: 'var(--soft)', strokeDasharray: '4 3' })

function byQuantile(figures: Figures, { name, chains }: Scalar, wanted: number): Markup {
  const points = QUANTILES.map(p => ({ p, ess: essQuantile(chains, p) }))
  return figures.figure({
    title: `Effective draws by quantile, ${name}`,
    parameters: [name],
    description: `Effective sample size of quantiles of ${name}, from ${countText(Math.min(...points.map(({ ess }) => ess)))} to ${countText(Math.max(...points.map(({ ess }) => ess)))}.`,
    x: { label: 'quantile', domain: [0, 1], ticks: 5 },
    y: { label: 'ESS', zero: true, ticks: 4 },
    marks: [
      wantedRule(wanted),
      Plot.line(points, { x: 'p', y: 'ess', stroke: 'var(--ink)' }),
      Plot.dot(points, { x: 'p', y: 'ess', r: 2.5, fill: 'var(--ink)' }),
    ],
    table: {
      caption: `Effective sample size of quantiles of ${name}`,
      columns: ['quantile', 'ESS'],
      rows: points.map(({ p, ess }) => [p, countText(ess)]),
    },
    places: points.map(({ p, ess }) => [p, ess]),
  })
}

function evolution(
  figures: Figures,
  { name, chains }: Scalar,
  { wanted, every }: { readonly wanted: number; readonly every: number },
): Markup {
  const points = essGrowth(chains, STEPS).map(after => ({ ...after, draws: after.draws * every * chains.length }))
  return figures.figure({
    title: `Effective draws as chains grew, ${name}`,
    parameters: [name],
    description: `Effective sample size of the bulk (solid) and the tails (dashed) of ${name} after more and more draws; at the end ${countText(points.at(-1)!.bulk)} and ${countText(points.at(-1)!.tail)}.`,
    x: { label: 'draws of all chains', ticks: 4, zero: true },
    y: { label: 'ESS', zero: true, ticks: 4 },
    marks: [
      wantedRule(wanted),
      Plot.line(points, { x: 'draws', y: 'bulk', stroke: 'var(--chain-0)', strokeWidth: 1.8 }),
      Plot.line(points, { x: 'draws', y: 'tail', stroke: 'var(--chain-1)', strokeWidth: 1.8, strokeDasharray: '4 4' }),
    ],
    note: 'Solid: bulk; dashed: tails.',
    table: {
      caption: `Effective sample size of ${name} as draws came in`,
      columns: ['draws', 'bulk', 'tails'],
      rows: points.map(({ draws, bulk, tail }) => [countText(draws), countText(bulk), countText(tail)]),
    },
    places: points.map(({ draws, bulk }) => (Number.isFinite(bulk) ? [draws, bulk] : undefined)),
  })
}

function autocorrelationFigure(
  figures: Figures,
  { name, chains: draws }: Scalar,
  { chains, every }: { readonly chains: readonly number[]; readonly every: number },
): Markup {
  const lags = Math.min(LAGS, draws[0]!.length - 1)
  const curves = draws.map(chain => autocorrelation(chain, lags).map((value, lag) => ({ lag: lag * every, value })))
  const shown = [0, 1, 2, 3, 4, 5, 10, 15, 20, 30, 40].filter(lag => lag <= lags)
  return figures.figure({
    title: `Autocorrelation of ${name}`,
    parameters: [name],
    description: `Autocorrelation of ${name} by lag; at lag ${every} it is ${curves.map(curve => curve[1]!.value.toFixed(2)).join(', ')} in the chains.`,
    x: { label: 'lag', ticks: 4 },
    y: { label: 'autocorrelation', domain: [Math.min(-0.2, ...curves.flat().map(({ value }) => value || 0)), 1], ticks: 4 },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--line)' }),
      ...curves.map((curve, c) => Plot.line(curve, { x: 'lag', y: 'value', stroke: 'currentColor', className: chainClass(chains[c]!) })),
    ],
    table: {
      caption: `Autocorrelation of ${name}`,
      columns: ['lag', ...chains.map(chain => `chain ${chain}`)],
      rows: shown.map(lag => [lag * every, ...curves.map(curve => curve[lag]!.value.toFixed(3))]),
    },
    places: shown.map(lag => [lag * every, curves.reduce((total, curve) => total + curve[lag]!.value, 0) / curves.length]),
  })
}
