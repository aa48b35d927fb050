import type { ShardSummary, Summary } from '@chorale/core'

import { formatCount } from './number.js'
import { labelled } from './labelled.js'

/** More shards or chains than this are told by their range. */
const MOST_SHARDS = 4
const MOST_CHAINS = 8

/** `400, 371, 400, 400`: the iterations of warm-up that the chains took, shard by shard; nothing where the sampler does not tell, or learns no step size. */
export function warmupLines({ shards }: Summary): readonly string[] {
  const said = shards.filter(({ chainReports }) => chainReports.some(({ stepSize }) => stepSize !== null))
  const all = said.flatMap(warmups)
  if (all.length === 0) return []
  const [first] = all
  if (all.every(iterations => iterations === first)) return [labelled('Warm-up', `${counted(first!)} in every chain`)]
  const isLong = said.length > MOST_SHARDS || said.some(({ chainReports }) => chainReports.length > MOST_CHAINS)
  if (isLong)
    return [labelled('Warm-up', `${formatCount(Math.min(...all))} to ${counted(Math.max(...all))}, ${formatCount(mean(all))} on average`)]
  return said.map((shard, i) => {
    const list = warmups(shard).map(formatCount).join(', ')
    return labelled(i === 0 ? 'Warm-up' : '', said.length === 1 ? `${list} iterations` : `shard ${shard.id}: ${list}`)
  })
}

const warmups = ({ chainReports }: ShardSummary): readonly number[] => chainReports.map(({ warmup }) => warmup.iterations)

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

const counted = (count: number): string => `${formatCount(count)} iteration${count === 1 ? '' : 's'}`

/** Where diagnostics are of fewer draws than there are. */
export function thinningLine({ shards }: Summary): readonly string[] {
  const thinned = shards.filter(({ thinnedForDiagnostics }) => thinnedForDiagnostics > 1)
  if (thinned.length === 0) return []
  const every = Math.max(...thinned.map(({ thinnedForDiagnostics }) => thinnedForDiagnostics))
  const where =
    thinned.length === shards.length ? '' : ` of shard${thinned.length === 1 ? '' : 's'} ${thinned.map(({ id }) => id).join(', ')}`
  return [labelled('Note', `R-hat, ESS and quantiles${where} are of every ${ordinal(every)} draw, means and sds of all`)]
}

function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13
  return `${n}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`
}
