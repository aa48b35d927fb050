import { describe } from '@chorale/diagnostics'

import type { DrawSet } from '../../readable-run.js'
import { worstFirst } from '../choose.js'
import { chainKey } from '../chain-key.js'
import { tableMarkup } from '../data-table.js'
import { html, type Markup } from '../markup.js'
import { counted, countText, ordinal, ratioText, shortNumber } from '../number-text.js'
import type { ReportContext } from '../report-context.js'
import { readScalars } from '../scalar-draws.js'
import { divergencesFigure } from './pairs.js'
import { energyFigure, meanOf, POINTS, scalarFigure } from './shard-figures.js'

/** Shards whose chains are read. */
const MOST_SHARDS = 64
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
    if (used > room && parts.length > 0) {
      context.figures.leaveOut(markup)
      break
    }
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
      those of energies the shaded area are energies and the lines their changes from draw to draw, as above. Of a shard with divergences
      there is the pair of parameters in which they are furthest from other draws.
    </p>
    ${chainKey(Array.from({ length: run.record?.plan.chains ?? 0 }, (_, chain) => chain))}
    ${parts.sort((a, b) => a.id - b.id).map(({ markup }) => markup)}
  </section>`
}

async function shardMarkup(context: ReportContext, id: number, set: DrawSet): Promise<Markup> {
  const { run, chosen } = context
  const { scalars, chains, rows, every } = await readScalars(set, chosen.names)
  const known = run.summary?.shards.find(shard => shard.id === id)
  const divergences = known?.divergences === 0 ? undefined : await divergencesFigure(context, set, id)
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
    <summary>Shard ${id}${headline(known)}</summary>
    <div class="figures">
      ${scalars.map(scalar => scalarFigure(scalar, { id, chains, rows, every }))} ${await energyFigure(set, id)} ${divergences}
    </div>
    ${tableMarkup({
      caption: `Chains of shard ${id}${every > 1 ? `, by every ${ordinal(every)} draw` : ''}`,
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
