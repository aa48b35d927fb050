import { chainClass, chainKey } from '../chain-key.js'
import { html, type Markup } from '../markup.js'
import { ordinal, shortNumber } from '../number-text.js'
import * as Plot from '../plot.js'
import { COVERAGE, leavingBand, rankDifferences } from '../rank-ecdf.js'
import { examinedNote, type ReportContext } from '../report-context.js'
import { evenly, readScalars, type Scalar } from '../scalar-draws.js'
import { sentenceCase } from '../sentence.js'
import { independentDraws } from '../thinning.js'

/** Points of a chain's trace. */
const POINTS = 250
/** Parts of a chain whose means stand in the table behind its trace. */
const PARTS = 10

/** Traces of chains, and how their ranks differ from an even mix. */
export async function tracesSection(context: ReportContext): Promise<Markup | undefined> {
  const { examined, chosen, figures } = context
  if (!examined) return undefined
  const { scalars, chains, rows, every } = await readScalars(examined.set, chosen.names)
  if (rows < 2 * PARTS) return undefined
  const thin = Math.ceil(rows / every / POINTS) * every
  return html`<section aria-labelledby="traces">
    <h2 id="traces">Traces and ranks</h2>
    ${examinedNote(context)}
    <p>
      A trace shows every ${thin === 1 ? 'draw' : `${ordinal(thin)} draw`} in order; chains that mix look alike and have no trend.
      ${
        chains.length > 1 &&
        `The second kind of picture ranks the draws of all chains together and shows how each chain's ranks differ from an even mix. Where all chains have one distribution, all lines stay in the band, everywhere at once, in ${100 * COVERAGE} of 100 runs; a line above it has too many small values, one below too few. Draws are thinned to be nearly independent for it.`
      }
    </p>
    ${chainKey(chains)}
    <div class="sets">
      ${scalars.map(
        scalar =>
          html`<div class="set">
            ${traceFigure(figures, scalar, chains, { rows, every })} ${chains.length > 1 && rankFigure(figures, scalar, chains)}
          </div>`,
      )}
    </div>
  </section>`
}

type Figures = ReportContext['figures']

function traceFigure(
  figures: Figures,
  { name, chains: draws }: Scalar,
  chains: readonly number[],
  { rows, every }: { readonly rows: number; readonly every: number },
): Markup {
  const kept = draws[0]!.length
  const step = Math.max(1, Math.ceil(kept / POINTS))
  const parts = Array.from(
    { length: PARTS },
    (_, part) => [Math.floor((part * kept) / PARTS), Math.floor(((part + 1) * kept) / PARTS)] as const,
  )
  const meanOf = (chain: Float64Array, [from, to]: readonly [number, number]): number =>
    chain.subarray(from, to).reduce((a, b) => a + b, 0) / (to - from)
  const means = parts.map(part => draws.map(chain => meanOf(chain, part)))
  return figures.figure({
    title: `Trace of ${name}`,
    parameters: [name],
    description: `Draws of ${name} in order, ${chains.length} chains of ${rows} draws; their means over tenths of the run lie between ${shortNumber(Math.min(...means.flat()))} and ${shortNumber(Math.max(...means.flat()))}.`,
    x: { label: 'draw', ticks: 4 },
    y: { label: null, ticks: 4 },
    marks: draws.map((chain, c) => {
      const points = Array.from({ length: Math.ceil(kept / step) }, (_, k) => ({ draw: k * step * every, value: chain[k * step]! }))
      return Plot.line(points, { x: 'draw', y: 'value', stroke: 'currentColor', strokeWidth: 0.8, className: chainClass(chains[c]!) })
    }),
    table: {
      caption: `Means of ${name} over tenths of each chain`,
      columns: ['draws from', ...chains.map(chain => `chain ${chain}`)],
      rows: parts.map(([from], part) => [from * every, ...means[part]!.map(shortNumber)]),
    },
    places: parts.map(([from, to], part) => [((from + to) / 2) * every, means[part]!.reduce((a, b) => a + b, 0) / draws.length]),
  })
}

function rankFigure(figures: Figures, { name, chains: draws }: Scalar, chains: readonly number[]): Markup | undefined {
  const ranked = independentDraws(draws, 'fine')
  if (!ranked) return undefined
  const differences = rankDifferences(ranked)
  const { rank, difference, lower, upper } = differences
  const outside = leavingBand(differences, chains)
  const shown = evenly(rank.length, 20)
  return figures.figure({
    title: `Ranks of ${name}`,
    parameters: [name],
    description: `Difference of each chain's ranks of ${name} from an even mix: ${outside ?? 'all chains stay in the band'}.`,
    x: { label: 'fractional rank', domain: [0, 1], ticks: 4 },
    y: { label: 'ECDF difference', ticks: 4 },
    marks: [
      Plot.areaY(
        rank.map((at, k) => ({ at, low: lower[k]!, high: upper[k]! })),
        { x: 'at', y1: 'low', y2: 'high', fill: 'var(--band)' },
      ),
      Plot.ruleY([0], { stroke: 'var(--line)' }),
      ...difference.map((own, c) =>
        Plot.line(
          rank.map((at, k) => ({ at, value: own[k]! })),
          { x: 'at', y: 'value', stroke: 'currentColor', strokeWidth: 1.2, className: chainClass(chains[c]!) },
        ),
      ),
    ],
    note: `${outside === undefined ? 'Inside the band' : sentenceCase(outside)} (${ranked[0]!.length} draws a chain).`,
    table: {
      caption: `Rank differences of ${name}`,
      columns: ['rank', 'band from', 'to', ...chains.map(chain => `chain ${chain}`)],
      rows: shown.map(k => [
        rank[k]!.toFixed(2),
        ...[lower[k]!, upper[k]!, ...difference.map(own => own[k]!)].map(value => value.toFixed(3)),
      ]),
    },
    places: shown.map(k => [rank[k]!, difference[0]![k]!]),
  })
}
