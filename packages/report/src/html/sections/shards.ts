import { sortedQuantile } from '@chorale/diagnostics'

import type { MissingPart } from '../../readable-run.js'
import { tableMarkup } from '../data-table.js'
import { html, type Markup } from '../markup.js'
import { counted, countText, ratioText, secondsText, shortNumber } from '../number-text.js'
import * as Plot from '../plot.js'
import type { ReportContext } from '../report-context.js'
import type { ReportedShard, ReportedSummary } from '../reported-run.js'
import { pooledAscending, readScalars } from '../scalar-draws.js'

/** Sub-posteriors that are read and drawn. */
const DRAWN = 48
const LISTED = 500

/** Sub-posteriors against their combination, and how far they agree. */
export async function shardsSection(context: ReportContext): Promise<Markup | undefined> {
  const { run, chosen } = context
  if (run.shards.length < 2) return undefined
  const shown = shardsToDraw(context)
  const { intervals, missing } = await readIntervals(context, shown)
  context.missing.push(...missing)
  const all =
    shown.length === run.shards.length
      ? ''
      : ` Drawn are ${shown.length} of ${run.shards.length}: those that took part with the largest R-hat.`
  return html`<section aria-labelledby="shards">
    <h2 id="shards">Shards</h2>
    <p>
      Each line is a sub-posterior: the median, half of its draws (thick) and 90 % of them. The shaded strip has 90 % of the combined draws.
      Sub-posteriors are wider, as each saw a part of the data; they should scatter about the strip.${all}
    </p>
    ${run.summary && agreementMarkup(run.summary)}
    <div class="figures">${chosen.names.map(name => forestFigure(context, name, intervals))}</div>
    ${run.summary && shardTable(run.summary)}
  </section>`
}

function shardsToDraw({ run: { shards, summary } }: ReportContext): readonly number[] {
  if (shards.length <= DRAWN) return shards
  const worst = summary?.shards
    .filter(({ status }) => status === 'completed')
    .sort((a, b) => (b.rhatMax ?? 0) - (a.rhatMax ?? 0))
    .map(({ id }) => id)
  return (worst ?? shards).slice(0, DRAWN).sort((a, b) => a - b)
}

interface Interval {
  readonly shard: number
  readonly q5: number
  readonly q25: number
  readonly q50: number
  readonly q75: number
  readonly q95: number
}

type Intervals = ReadonlyMap<string, readonly Interval[]>

const intervalOf = (shard: number, chains: readonly Float64Array[]): Interval => {
  const ascending = pooledAscending(chains)
  const at = (p: number): number => sortedQuantile(ascending, p)
  return { shard, q5: at(0.05), q25: at(0.25), q50: at(0.5), q75: at(0.75), q95: at(0.95) }
}

/** One shard's draws are in memory at a time. */
async function readIntervals(
  { run, chosen }: ReportContext,
  shards: readonly number[],
): Promise<{ readonly intervals: Intervals; readonly missing: readonly MissingPart[] }> {
  const intervals = new Map<string, Interval[]>(chosen.names.map(name => [name, []]))
  const missing: MissingPart[] = []
  for (const shard of shards) {
    const set = await run.shard(shard)
    missing.push(...set.missing)
    if (set.chains.length === 0) continue
    for (const { name, chains } of (await readScalars(set, chosen.names)).scalars) {
      const interval = intervalOf(shard, chains)
      if (Number.isFinite(interval.q95 - interval.q5)) intervals.get(name)!.push(interval)
    }
  }
  return { intervals, missing }
}

function forestFigure({ figures, run }: ReportContext, name: string, intervals: Intervals): Markup | undefined {
  const own = intervals.get(name) ?? []
  if (own.length === 0) return undefined
  const combined = run.summary?.parameters[name]
  const rows = own.map(interval => ({ ...interval, label: String(interval.shard) }))
  const strip = combined ? [{ q5: combined.q5, q95: combined.q95 }] : []
  return figures.figure({
    title: `${name} by shard`,
    parameters: [name],
    description: `Intervals of ${name} in ${counted(own.length, 'shard')}: medians from ${shortNumber(Math.min(...own.map(({ q50 }) => q50)))} to ${shortNumber(Math.max(...own.map(({ q50 }) => q50)))}${combined ? `; combined median ${shortNumber(combined.q50)}` : ''}.`,
    height: 50 + 14 * own.length,
    x: { label: null, ticks: 4 },
    y: { label: 'shard', type: 'band', padding: 0.3, domain: rows.map(({ label }) => label) },
    marks: [
      ...strip.map(({ q5, q95 }) => Plot.rectX([{ q5, q95 }], { x1: 'q5', x2: 'q95', fill: 'var(--band)' })),
      ...(combined ? [Plot.ruleX([combined.q50], { stroke: 'var(--ink)' })] : []),
      Plot.ruleY(rows, { x1: 'q5', x2: 'q95', y: 'label', stroke: 'var(--chain-0)', strokeWidth: 1.2 }),
      Plot.ruleY(rows, { x1: 'q25', x2: 'q75', y: 'label', stroke: 'var(--chain-0)', strokeWidth: 4 }),
      Plot.dot(rows, { x: 'q50', y: 'label', r: 2.6, fill: 'var(--ground)', stroke: 'var(--chain-0)' }),
    ],
    table: {
      caption: `${name} by shard`,
      columns: ['shard', '5 %', '25 %', 'median', '75 %', '95 %'],
      rows: own.map(({ shard, q5, q25, q50, q75, q95 }) => [shard, ...[q5, q25, q50, q75, q95].map(shortNumber)]),
    },
    places: rows.map(({ q50, label }) => [q50, label]),
  })
}

function agreementMarkup({ heterogeneity, verification }: ReportedSummary): Markup {
  const { paretoK, kThreshold, positions, maxShift, weightEss } = verification
  return html`<ul>
    ${
      heterogeneity !== null &&
      html`<li>
        Heterogeneity: Cochran's Q is ${shortNumber(heterogeneity.q)} on ${countText(heterogeneity.degreesOfFreedom)} degrees of freedom, p
        = ${shortNumber(heterogeneity.pValue)}; I² = ${shortNumber(heterogeneity.i2)} is the share of the disagreement that chance does not
        explain.
      </li>`
    }
    ${
      paretoK === null
        ? html`<li>The combination was not verified against the density of all rows.</li>`
        : html`<li>
            Importance check at ${countText(positions)} positions: k-hat is ${shortNumber(paretoK)} (must be below
            ${shortNumber(kThreshold)}), the weights are worth ${countText(weightEss)} positions, and correcting by them moves no mean by
            more than ${shortNumber(maxShift)} posterior standard deviations.
          </li>`
    }
  </ul>`
}

interface Influence {
  readonly influence?: number
  readonly leaveOneOut?: number
}

/** By what the combiner reports of each shard, where it does. */
function influences({ diagnostics }: ReportedSummary): ReadonlyMap<number, Influence> {
  const shards = diagnostics?.['shards']
  if (!Array.isArray(shards)) return new Map()
  return new Map(
    shards.flatMap((entry: unknown) => {
      if (typeof entry !== 'object' || entry === null) return []
      const { shard, influence, leaveOneOut } = entry as Readonly<Record<string, unknown>>
      const known = { ...(typeof influence === 'number' ? { influence } : {}), ...(typeof leaveOneOut === 'number' ? { leaveOneOut } : {}) }
      return typeof shard === 'number' ? [[shard, known] as const] : []
    }),
  )
}

function shardTable(summary: ReportedSummary): Markup {
  const byShard = influences(summary)
  const row = ({ id, status, rows, chains, attempts, restarts, divergences, rhatMax, essBulkMin, ebfmiMin, seconds }: ReportedShard) => {
    const { influence, leaveOneOut } = byShard.get(id) ?? {}
    const measures = [countText(divergences), ratioText(rhatMax), countText(essBulkMin), ratioText(ebfmiMin)]
    const weight = byShard.size > 0 ? [shortNumber(influence), shortNumber(leaveOneOut)] : []
    return [id, status, countText(rows), chains, attempts, restarts, ...measures, ...weight, secondsText(seconds)]
  }
  const restarted = summary.shards.flatMap(({ id, restarted: reasons }) => reasons.map(({ reason, restart }) => ({ id, restart, reason })))
  return html`<h3>Every shard</h3>
    ${
      byShard.size > 0 &&
      html`<p>
        Influence is the shard's share of the combination's precision. Without it is how far the mean of the combination would move without
        the shard: the length of the shift over all parameters in posterior standard deviations (Mahalanobis), by the product of the
        Gaussian approximations of the other shards' moments.
      </p>`
    }
    ${tableMarkup(
      {
        caption: summary.shards.length > LISTED ? `Shards, the first ${LISTED} of ${summary.shards.length}` : 'Shards',
        columns: [
          'shard',
          'status',
          'rows',
          'chains',
          'attempts',
          'restarts',
          'divergences',
          'R-hat',
          'ESS',
          'E-BFMI',
          ...(byShard.size > 0 ? ['influence', 'without it'] : []),
          'time',
        ],
        rows: summary.shards.slice(0, LISTED).map(row),
      },
      'sortable',
    )}
    ${
      restarted.length > 0 &&
      html`<h3>Restarts</h3>
        <ul>
          ${restarted.map(({ id, restart, reason }) => html`<li>Shard ${id}, restart ${restart}: ${reason}</li>`)}
        </ul>`
    }`
}
