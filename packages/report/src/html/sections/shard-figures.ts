import { ebfmi } from '@chorale/diagnostics'

import type { DrawSet } from '../../readable-run.js'
import { autocorrelation } from '../autocorrelation.js'
import { chainClass } from '../chain-key.js'
import { essGrowth } from '../ess-growth.js'
import { html, type Markup } from '../markup.js'
import { countText, ratioText, shortNumber } from '../number-text.js'
import { leavingBand, rankDifferences } from '../rank-ecdf.js'
import { evenly, readStatistics, type Scalar } from '../scalar-draws.js'
import { shares } from '../shares.js'
import { smallPicture } from '../small-picture.js'
import { independentDraws } from '../thinning.js'

/** Points of a small trace, places of a small comparison of ranks, and parts of the range of energies. */
export const POINTS = 70
const PLACES = 18
const BINS = 24
/** The largest lag of a small picture, how many of the lags it has, and after which parts of the draws effective ones are counted. */
const LAGS = 30
const AUTOCORRELATIONS = 16
const PARTS = 4

export const meanOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length

interface Place {
  readonly id: number
  readonly chains: readonly number[]
  /** Draws of a chain. */
  readonly rows: number
  /** Of which every so-manieth is in memory. */
  readonly every: number
}

/** Trace, ranks, autocorrelation and effective draws of a scalar. */
export function scalarFigure(scalar: Scalar, place: Place): Markup {
  const { name, chains: draws } = scalar
  const { id, chains, rows } = place
  const at = evenly(draws[0]!.length, POINTS)
  const trace = smallPicture({
    title: `Trace of ${name} in shard ${id}`,
    description: `means of the chains are ${draws.map(chain => shortNumber(meanOf(chain))).join(', ')}`,
    lines: draws.map((chain, c) => ({ values: at.map(k => chain[k]!), className: chainClass(chains[c]!) })),
    label: 'trace',
    ends: ['draw 0', countText(rows)],
  })
  return html`<figure data-parameters="${JSON.stringify([name])}">
    <figcaption>Chains of ${name}</figcaption>
    ${trace}${rankPicture(scalar, place)}${autocorrelationPicture(scalar, place)}${growthPicture(scalar, place)}
  </figure>`
}

function rankPicture({ name, chains: draws }: Scalar, { id, chains }: Place): Markup | undefined {
  const ranked = draws.length > 1 ? independentDraws(draws, 'coarse') : undefined
  if (!ranked) return undefined
  const differences = rankDifferences(ranked)
  const { rank, difference, lower, upper } = differences
  const shown = evenly(rank.length, PLACES)
  return smallPicture({
    title: `Ranks of ${name} in shard ${id}`,
    description: leavingBand(differences, chains) ?? 'all chains stay in the band',
    lines: difference.map((own, c) => ({ values: shown.map(k => own[k]!), className: chainClass(chains[c]!) })),
    band: { lower: shown.map(k => lower[k]!), upper: shown.map(k => upper[k]!) },
    label: 'ranks',
    ends: ['rank 0', '1'],
  })
}

/** Fewer draws of a chain have no such pictures. */
const FEWEST = 40

function autocorrelationPicture({ name, chains: draws }: Scalar, { id, chains, every }: Place): Markup | undefined {
  if (draws[0]!.length < FEWEST) return undefined
  const lags = evenly(LAGS + 1, AUTOCORRELATIONS)
  const curves = draws.map(chain => autocorrelation(chain, LAGS))
  return smallPicture({
    title: `Autocorrelation of ${name} in shard ${id}`,
    description: `at lag ${every} it is ${curves.map(curve => ratioText(curve[1])).join(', ')} in the chains`,
    lines: curves.map((curve, c) => ({ values: lags.map(lag => curve[lag]!), className: chainClass(chains[c]!) })),
    label: 'autocorrelation',
    ends: ['lag 0', countText(LAGS * every)],
  })
}

function growthPicture({ name, chains: draws }: Scalar, { id, rows }: Place): Markup | undefined {
  if (draws[0]!.length < FEWEST) return undefined
  const points = essGrowth(draws, PARTS)
  const last = points.at(-1)!
  return smallPicture({
    title: `Effective draws of ${name} as chains grew, in shard ${id}`,
    description: `at the end ${countText(last.bulk)} of the bulk (solid) and ${countText(last.tail)} of the tails (dashed)`,
    lines: [
      { values: [0, ...points.map(({ bulk }) => bulk)], className: 'bulk' },
      { values: [0, ...points.map(({ tail }) => tail)], className: 'dashed' },
    ],
    label: 'ESS (tails dashed)',
    ends: ['draw 0', countText(rows)],
  })
}

/** Energies of a shard's chains, and their changes. */
export async function energyFigure({ chains }: DrawSet, id: number): Promise<Markup | undefined> {
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
    label: 'from the mean',
    ends: [shortNumber(-reach), shortNumber(reach)],
  })
  return html`<figure data-parameters="[]">
    <figcaption>Energy and its changes, shares of draws</figcaption>
    ${picture}
  </figure>`
}
