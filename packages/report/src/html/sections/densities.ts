import { sortedQuantile } from '@chorale/diagnostics'

import { chainClass, chainKey } from '../chain-key.js'
import { kernelDensity, rangeOf, type Grid } from '../kernel-density.js'
import { html, type Markup } from '../markup.js'
import { shortNumber } from '../number-text.js'
import * as Plot from '../plot.js'
import type { ReportContext } from '../report-context.js'
import type { ReportedRun } from '../reported-run.js'
import { evenly, pooledAscending, readScalars, thinnedNote, type Scalar } from '../scalar-draws.js'

/** Of more chains there are no lines of single ones. */
const SINGLE = 8
const PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95]

/** Marginal densities of the posterior, of a single shard also of each chain. */
export async function densitiesSection(context: ReportContext): Promise<Markup | undefined> {
  const { run, posterior, chosen } = context
  if (posterior.chains.length === 0) return undefined
  const { scalars, chains, every } = await readScalars(posterior, chosen.names)
  const priors = await readPriors(context)
  const figures = scalars.flatMap(scalar => densityFigure(context, scalar, { chains, prior: priors.get(scalar.name) }) ?? [])
  const constant = scalars.length - figures.length
  return html`<section aria-labelledby="densities">
    <h2 id="densities">Marginal densities</h2>
    <p>
      The line is a kernel density of ${run.shards.length > 1 ? 'the combined draws' : 'all draws'}, shaded between the 5 % and the 95 %
      quantile; the upright line is the
      median.${chains.length > 1 && chains.length <= SINGLE && ' Thin lines are single chains: where chains agree, they lie on each other.'}
      ${priors.size > 0 ? 'The dashed line is the prior.' : whyNoPrior(context)} ${thinnedNote(every)}
      ${posterior.scale === 'unconstrained' && 'On the unconstrained scale: the run has no other values.'}
    </p>
    ${constant > 0 && html`<p class="note">${constant} of them never move and have no density.</p>`}
    ${chains.length > 1 && chains.length <= SINGLE && chainKey(chains)}
    <div class="figures">${figures}</div>
  </section>`
}

function densityFigure(
  { figures, run }: ReportContext,
  { name, site, chains: draws }: Scalar,
  { chains, prior: ofPrior }: { readonly chains: readonly number[]; readonly prior: Float64Array | undefined },
): Markup | undefined {
  const ascending = pooledAscending(draws)
  const range = rangeOf(ascending)
  if (!range) return undefined
  const { x, density } = kernelDensity(ascending, range)
  const [q5, q25, q50, q75, q95] = PROBABILITIES.map(p => sortedQuantile(ascending, p)) as [number, number, number, number, number]
  const curve = x.map((at, k) => ({ x: at, y: density[k]! }))
  const single = chains.length > 1 && chains.length <= SINGLE ? draws.map(chain => kernelDensity(pooledAscending([chain]), range)) : []
  const prior = ofPrior && priorDensity(ofPrior, ascending, range)
  const shown = evenly(x.length, 21)
  return figures.figure({
    title: name,
    parameters: [name],
    description: `Density of ${name}: half of the draws lie between ${shortNumber(q25)} and ${shortNumber(q75)}, 90 % between ${shortNumber(q5)} and ${shortNumber(q95)}; the median is ${shortNumber(q50)}.${prior ? ' Dashed: its prior.' : ''}`,
    x: { label: null, domain: [range.from, range.to], ticks: 4 },
    y: { label: 'density', ticks: 3 },
    marks: [
      Plot.areaY(
        curve.filter(({ x: at }) => at >= q5 && at <= q95),
        { x: 'x', y: 'y', fill: 'var(--band)' },
      ),
      Plot.ruleX([q50], { stroke: 'currentColor' }),
      ...single.map((own, c) =>
        Plot.line(
          own.x.map((at, k) => ({ x: at, y: own.density[k]! })),
          { x: 'x', y: 'y', stroke: 'currentColor', strokeWidth: 1, className: chainClass(chains[c]!) },
        ),
      ),
      ...(prior
        ? [
            Plot.line(
              x.map((at, k) => ({ x: at, y: prior[k]! })),
              { x: 'x', y: 'y', stroke: 'var(--ink)', strokeDasharray: '5 4' },
            ),
          ]
        : []),
      Plot.line(curve, { x: 'x', y: 'y', stroke: 'var(--ink)', strokeWidth: 2 }),
      Plot.ruleY([0], { stroke: 'var(--line)' }),
    ],
    table: {
      caption: `Density of ${name}`,
      columns: ['value', 'density', 'share below', ...(prior ? ['prior density'] : [])],
      rows: shown.map(k => [
        shortNumber(x[k]!),
        shortNumber(density[k]!),
        shareBelow(ascending, x[k]!),
        ...(prior ? [shortNumber(prior[k]!)] : []),
      ]),
    },
    places: shown.map(k => [x[k]!, density[k]!]),
    ...(prior ? { note: priorNote(prior, density) } : flatNote(run, site.name)),
  })
}

/** Draws of the prior by element, ascending: of those that have any. */
async function readPriors({ run, posterior, chosen, missing }: ReportContext): Promise<ReadonlyMap<string, Float64Array>> {
  if (posterior.scale !== 'constrained') return new Map()
  const prior = await run.prior?.()
  missing.push(...(prior?.missing ?? []))
  if (!prior || prior.chains.length === 0) return new Map()
  const { scalars } = await readScalars(prior, chosen.names)
  return new Map(scalars.map(({ name, chains }) => [name, pooledAscending(chains)]))
}

/** Of a finished run: why no prior stands beside the posterior. */
function whyNoPrior({ run: { record, summary }, posterior }: ReportContext): string | undefined {
  if (!record || !summary || posterior.scale !== 'constrained') return undefined
  const { parameters, fixed = {} } = record.plan
  const flat = parameters.find(({ prior }) => prior === 'flat')
  if (flat) return `No prior stands beside it: that of ${flat.name} is flat, and of a flat prior nothing can be drawn.`
  const held = Object.keys(fixed)
  return held.length > 0
    ? `No prior stands beside it: the run has draws of the whole prior only where it does not depend on fixed values, here of ${held.join(', ')}.`
    : 'No prior stands beside it: the run has no draws of it.'
}

/** At the points of the posterior's curve; undefined for draws that are all equal. Infinite draws of a prior with far tails are none that are near. */
function priorDensity(draws: Float64Array, posterior: Float64Array, range: Grid): readonly number[] | undefined {
  const finite = draws.filter(Number.isFinite)
  if (finite.length === 0 || finite[0] === finite.at(-1)) return undefined
  const { density } = kernelDensity(finite, range, { least: posterior[0]!, most: posterior.at(-1)! })
  return density.map(value => (value * finite.length) / draws.length)
}

/** Of the height of the density: below it the dashed line cannot be told from the axis. */
const LOW = 0.01

const priorNote = (prior: readonly number[], density: readonly number[]): string =>
  Math.max(...prior) < LOW * Math.max(...density) ? 'Dashed: the prior, so wide that its line lies on the axis.' : 'Dashed: the prior.'

function flatNote({ record }: ReportedRun, site: string): { readonly note?: string } {
  return record?.plan.parameters.find(({ name }) => name === site)?.prior === 'flat' ? { note: 'Its prior is flat.' } : {}
}

function shareBelow(ascending: Float64Array, value: number): string {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return `${((100 * low) / ascending.length).toFixed(1)} %`
}
