import type { ParameterInfo } from '../../contracts/index.js'
import { adviceThinning, type ExaminedShard } from './shard-draws.js'

/** A site whose values spread as another site says: the shape of a funnel. */
export interface Funnel {
  /** The positive site that sets the scale. */
  readonly scale: string
  /** The site whose values spread with it. */
  readonly site: string
  /** Of the logarithms of the two. */
  readonly correlation: number
}

/** From here on the neck of a funnel is narrow enough to be missed. */
const SIGNATURE = 0.5
/** Sites that are compared, and elements of each that its spread is told by. */
const MOST_SCALES = 20
const MOST_SITES = 100
const MOST_ELEMENTS = 200

/**
 * Sites whose spread goes with a scale: the correlation, over the draws, of the logarithm of a positive scalar with the logarithm of the spread of a real site. The
 * spread is the standard deviation of the site's elements in one draw; of fewer than three elements, their distance from their means. Strongest first.
 *
 * The signature of a hierarchical model that is written centred: Betancourt & Girolami (2015), Hamiltonian Monte Carlo for hierarchical models.
 */
export async function funnels(shard: ExaminedShard): Promise<readonly Funnel[]> {
  const scales = shard.parameters.filter(({ support, size }) => support === 'positive' && size === 1).slice(0, MOST_SCALES)
  const sites = shard.parameters.filter(({ support, size }) => support === 'real' && size > 0).slice(0, MOST_SITES)
  if (scales.length === 0 || sites.length === 0) return []
  const { logScales, logSpreads } = await logarithms(shard, scales, sites)
  return sites
    .flatMap((site, s) => {
      const found = scales.map((scale, k) => ({
        scale: scale.name,
        site: site.name,
        correlation: correlation(logScales[k]!, logSpreads[s]!),
      }))
      const [best] = found.filter(({ correlation: r }) => r >= SIGNATURE).sort((a, b) => b.correlation - a.correlation)
      return best ? [best] : []
    })
    .sort((a, b) => b.correlation - a.correlation)
}

async function logarithms(shard: ExaminedShard, scales: readonly ParameterInfo[], sites: readonly ParameterInfo[]) {
  const every = adviceThinning(shard)
  const centers = await siteMeans(shard, sites, every)
  const logScales: number[][] = scales.map(() => [])
  const logSpreads: number[][] = sites.map(() => [])
  await eachDraw(shard, every, (block, at) => {
    scales.forEach(({ offset }, k) => logScales[k]!.push(block[at + offset]!))
    sites.forEach((site, s) => logSpreads[s]!.push(logSpread(block, at + site.offset, elementsOf(site), centers[s]!)))
  })
  return { logScales, logSpreads }
}

const elementsOf = ({ size }: ParameterInfo): number => Math.min(size, MOST_ELEMENTS)

function logSpread(block: Float64Array, at: number, elements: number, centers: Float64Array): number {
  let mean = 0
  if (elements >= 3) for (let i = 0; i < elements; i++) mean += block[at + i]! / elements
  let sum = 0
  for (let i = 0; i < elements; i++) {
    const offset = block[at + i]! - (elements >= 3 ? mean : centers[i]!)
    sum += offset * offset
  }
  return 0.5 * Math.log(sum)
}

/** Only small sites are measured from their means. */
async function siteMeans(shard: ExaminedShard, sites: readonly ParameterInfo[], every: number): Promise<readonly Float64Array[]> {
  const means = sites.map(site => new Float64Array(elementsOf(site)))
  let count = 0
  await eachDraw(shard, every, (block, at) => {
    count++
    sites.forEach((site, s) => {
      if (site.size >= 3) return
      for (let i = 0; i < site.size; i++) means[s]![i]! += (block[at + site.offset + i]! - means[s]![i]!) / count
    })
  })
  return means
}

async function eachDraw({ chains }: ExaminedShard, every: number, visit: (block: Float64Array, at: number) => void): Promise<void> {
  for (const chain of chains) {
    let row = 0
    for await (const block of chain.blocks()) {
      for (let at = 0; at < block.length; at += chain.columns.length, row++) if (row % every === 0) visit(block, at)
    }
  }
}

/** NaN where a logarithm is not finite, as that of a site that does not move. */
function correlation(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value / values.length, 0)
  const [mx, my] = [mean(x), mean(y)]
  let [xx, yy, xy] = [0, 0, 0]
  x.forEach((value, i) => {
    xx += (value - mx) * (value - mx)
    yy += (y[i]! - my) * (y[i]! - my)
    xy += (value - mx) * (y[i]! - my)
  })
  return xy / Math.sqrt(xx * yy)
}
