import { describe, ebfmi } from '@chorale/diagnostics'

import type { DrawSet } from '../../readable-run.js'
import { worstFirst } from '../choose.js'
import { tableMarkup } from '../data-table.js'
import { html, type Markup } from '../markup.js'
import { counted, countText, ratioText, shortNumber } from '../number-text.js'
import { rankDifferences } from '../rank-ecdf.js'
import { chainClass, type ReportContext } from '../report-context.js'
import { evenly, readScalars, readStatistics, type Scalar } from '../scalar-draws.js'
import { shares } from '../shares.js'
import { smallPicture } from '../small-picture.js'
import { independentDraws } from '../thinning.js'

/** Shards whose chains are read. */
const MOST_SHARDS = 64
/** Points of a small trace, places of a small comparison of ranks, and parts of the range of energies. */
const POINTS = 70
const PLACES = 18
const BINS = 24
/** Chains whose means stand in the table behind the pictures. */
const CHAINS_LISTED = 8

/**
 * Small pictures of the chains of every shard, each shard to be opened: of as many as fit into `room` bytes, the worst ones first. undefined for one shard.
 */
export async function chainsSection(context: ReportContext, room: number): Promise<Markup | undefined> {
  const { run } = context
  if (run.shards.length < 2) return undefined
  const parts: { readonly id: number; readonly markup: Markup }[] = []
  let used = 0
  for (const id of worstFirst(run).slice(0, MOST_SHARDS)) {
    const set = await run.shard(id)
    if (set.chains.length === 0) continue
    const markup = await shardMarkup(context, id, set)
    used += Buffer.byteLength(markup.text)
    if (used > room && parts.length > 0) break
    parts.push({ id, markup })
  }
  if (parts.length === 0) return undefined
  const all = parts.length === run.shards.length
  return html`<section aria-labelledby="chains">
    <h2 id="chains">Chains of ${all ? 'every shard' : 'the worst shards'}</h2>
    <p>
      Open a shard to see its chains.
      ${!all && `Of ${counted(run.shards.length, 'shard')} there are the ${parts.length} that did worst, by divergences, then by R-hat: more would make this page too large.`}
      Traces are of ${POINTS} points a chain at most. In the pictures of ranks lines that leave the shaded band are chains that disagree, in
      those of energies the shaded area are energies and the lines their changes from draw to draw, as above.
    </p>
    ${parts.sort((a, b) => a.id - b.id).map(({ markup }) => markup)}
  </section>`
}

async function shardMarkup({ run, chosen }: ReportContext, id: number, set: DrawSet): Promise<Markup> {
  const { scalars, chains, rows } = await readScalars(set, chosen.names)
  const table = scalars.map(({ name, chains: draws }) => {
    const { rhat, essBulk, essTail } = describe(draws)
    return [
      name,
      ratioText(rhat),
      countText(essBulk),
      countText(essTail),
      ...draws.slice(0, CHAINS_LISTED).map(chain => shortNumber(meanOf(chain))),
    ]
  })
  return html`<details class="group shard" id="shard-${id}">
    <summary>Shard ${id}${headline(run.summary?.shards.find(shard => shard.id === id))}</summary>
    <div class="figures">${scalars.map(scalar => scalarFigure(scalar, { id, chains, rows }))} ${await energyFigure(set, id)}</div>
    ${tableMarkup({
      caption: `Chains of shard ${id}`,
      columns: ['parameter', 'R-hat', 'ESS bulk', 'ESS tail', ...chains.slice(0, CHAINS_LISTED).map(chain => `mean of chain ${chain}`)],
      rows: table,
    })}
  </details>`
}

type ShardRow = NonNullable<ReportContext['run']['summary']>['shards'][number]

function headline(shard: ShardRow | undefined): string {
  if (!shard) return ''
  const { rhatMax, essBulkMin, divergences, ebfmiMin } = shard
  const parts = [`R-hat ${ratioText(rhatMax)}`, `ESS ${countText(essBulkMin)}`, `E-BFMI ${ratioText(ebfmiMin)}`]
  return `: ${[...parts, ...(divergences === null ? [] : [counted(divergences, 'divergence')])].join(', ')}`
}

const meanOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length

interface Place {
  readonly id: number
  readonly chains: readonly number[]
  /** Draws of a chain. */
  readonly rows: number
}

function scalarFigure({ name, chains: draws }: Scalar, { id, chains, rows }: Place): Markup {
  const at = evenly(draws[0]!.length, POINTS)
  const ranks = rankPicture(name, draws, { id, chains, rows })
  const trace = smallPicture({
    title: `Trace of ${name} in shard ${id}`,
    description: `means of the chains are ${draws.map(chain => shortNumber(meanOf(chain))).join(', ')}`,
    lines: draws.map((chain, c) => ({ values: at.map(k => chain[k]!), className: chainClass(chains[c]!) })),
    ends: ['0', `draw ${countText(rows)}`],
  })
  return html`<figure data-parameters="${JSON.stringify([name])}">
    <figcaption>Chains of ${name}</figcaption>
    ${trace}${ranks}
  </figure>`
}

function rankPicture(name: string, draws: readonly Float64Array[], { id, chains }: Place): Markup | undefined {
  const ranked = draws.length > 1 ? independentDraws(draws, 'coarse') : undefined
  if (!ranked) return undefined
  const { rank, difference, lower, upper } = rankDifferences(ranked)
  const shown = evenly(rank.length, PLACES)
  const outside = chains.filter((_, c) => difference[c]!.some((value, k) => value < lower[k]! - 1e-12 || value > upper[k]! + 1e-12))
  return smallPicture({
    title: `Ranks of ${name} in shard ${id}`,
    description: outside.length === 0 ? 'all chains stay in the band' : `chain ${outside.join(', ')} leaves the band`,
    lines: difference.map((own, c) => ({ values: shown.map(k => own[k]!), className: chainClass(chains[c]!) })),
    band: { lower: shown.map(k => lower[k]!), upper: shown.map(k => upper[k]!) },
    ends: ['rank 0', '1'],
  })
}

async function energyFigure({ chains }: DrawSet, id: number): Promise<Markup | undefined> {
  const found: { readonly chain: number; readonly energy: Float64Array }[] = []
  for (const { chain, statistics } of chains) {
    const { energy } = await readStatistics(statistics, ['energy'])
    if (energy && energy.length >= 20 && energy.every(Number.isFinite)) found.push({ chain, energy })
  }
  if (found.length === 0) return undefined
  const centred = found.map(({ energy }) => energy.map(value => value - meanOf(energy)))
  const changes = found.map(({ energy }) => energy.subarray(1).map((value, i) => value - energy[i]!))
  const reach = [...centred, ...changes].reduce((most, values) => values.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0)
  if (!(reach > 0)) return undefined
  const together = centred.map(values => shares(values, reach, BINS))
  const area = together[0]!.map((_, bin) => together.reduce((total, own) => total + own[bin]!, 0) / together.length)
  const picture = smallPicture({
    title: `Energy in shard ${id}`,
    description: `E-BFMI of the chains is ${found.map(({ energy }) => ratioText(ebfmi(energy))).join(', ')}`,
    lines: changes.map((values, c) => ({ values: shares(values, reach, BINS), className: chainClass(found[c]!.chain) })),
    band: { lower: area.map(() => 0), upper: area },
    ends: [shortNumber(-reach), shortNumber(reach)],
  })
  return html`<figure data-parameters="[]">
    <figcaption>Energy and its changes, shares of draws</figcaption>
    ${picture}
  </figure>`
}
