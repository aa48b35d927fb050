import { tableValues } from '../combination/parameter-table.js'
import type { BoundModel } from '../contracts/index.js'
import { DRAWS_FILE } from '../contracts/sampler.js'
import { isLocal } from '../planning/local-parameters.js'
import { valueCount } from '../model/parameter-names.js'
import { layout, recordFile, replaceFile, toJsonText } from '../run-directory/index.js'
import { localValuesFile, localValuesRecord, readLocalValues, type ShardLocalValues } from './local-values.js'
import { posteriorPositions, type RecordedRun } from './posterior-positions.js'
import { sitesOf, type Site } from './sites.js'
import { filledBlocks, writeRows } from './write-rows.js'

/**
 * Writes the constrained values of local parameters, and of deterministic sites with values for groups, at the combined draws for which local parameters were drawn.
 * What is there already, of the same draws, stays.
 */
export async function recordLocalValues(
  run: RecordedRun,
  combination: string,
  shards: readonly number[],
  bindShard: (shard: number) => Promise<BoundModel>,
): Promise<void> {
  const folder = layout.resultsDirectory(run.path, combination)
  const { digest: of } = await recordFile(folder, DRAWS_FILE)
  const known = await readLocalValues(run.path, combination).catch(() => undefined)
  const recorded: ShardLocalValues[] = []
  for (const shard of shards) {
    const own = await recordFile(folder, layout.localDrawsFile(shard)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return undefined
    })
    // Without `combination.locals` there are none.
    if (!own) return
    const before = known?.of === of ? known.shards.find(entry => entry.shard === shard && entry.of === own.digest) : undefined
    recorded.push(before ?? { shard, of: own.digest, ...(await recordShard(run, combination, shard, await bindShard(shard))) })
  }
  await replaceFile(localValuesRecord(run.path, combination), toJsonText({ format: 1, of, shards: recorded }), { sync: 'full' })
}

async function recordShard(
  run: RecordedRun,
  combination: string,
  shard: number,
  bound: BoundModel,
): Promise<Omit<ShardLocalValues, 'shard' | 'of'>> {
  const { sites, numbers } = localSites(bound)
  const [drawn] = await posteriorPositions(run, combination, shard)
  const { computeAt, value } = tableValues(bound)
  let row = 0
  const blocks = filledBlocks(1 + numbers.length, drawn!.positions(drawn!.draws), (to, at, position) => {
    computeAt(position, 0)
    to[at] = drawn!.draws[row++]!
    for (let k = 0; k < numbers.length; k++) to[at + 1 + k] = value(numbers[k]!)
  })
  const columns = ['draw', ...numbers.map((_, k) => `v${k}`)]
  const folder = layout.resultsDirectory(run.path, combination)
  return { sites, file: await writeRows(folder, localValuesFile(shard), { columns, blocks }) }
}

/** Sites that belong to a shard, and the numbers of their values among all values of the model. */
function localSites(bound: BoundModel): { readonly sites: readonly Site[]; readonly numbers: readonly number[] } {
  const local = new Set(bound.parameters.filter(isLocal).map(({ name }) => name))
  let at = 0
  const numbers: number[] = []
  const sites = sitesOf(bound).filter(site => {
    const from = at
    at += valueCount(site)
    if (!local.has(site.name) && (site.kind === 'parameter' || site.levels === undefined)) return false
    for (let j = from; j < at; j++) numbers.push(j)
    return true
  })
  return { sites, numbers }
}
