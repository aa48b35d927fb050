import { ChoraleError } from '@chorale/core/contracts'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

import { placedSites } from '../element-names.js'
import { exportAttributes } from '../export-attributes.js'
import { ambiguousNames, refuseNames, type ExportSource } from '../export-source.js'
import type { DrawnChain, DrawRows, DrawSet, MissingPart, ReadableRun, Site } from '../readable-run.js'
import { columnsOf, rowBatches } from '../row-batches.js'
import { reachedMaxTreeDepth, statisticsOf } from '../sample-stats.js'
import { writeData } from './data-groups.js'
import { createNetcdf, type Dimension, type NetcdfFile } from './netcdf-file.js'

/** Of a run with several shards: their sub-posteriors are in groups of their own, below one for each shard. */
const shardGroup = (shard: number): string => `shard_${String(shard).padStart(4, '0')}`

/**
 * An ArviZ file: groups `posterior`, `sample_stats`, `warmup_posterior`, `warmup_sample_stats`, `observed_data`, `constant_data`, with the names of its schema.
 * The posterior of several shards is one chain of combined draws; below `shard_0000`, ... are the same groups of each shard's sub-posterior. Draws that are on the
 * unconstrained scale only are in `unconstrained_posterior`.
 */
export async function writeNetcdf(path: string, source: ExportSource): Promise<readonly MissingPart[]> {
  const { run, set } = source
  const sets = [{ prefix: '', set }, ...(set.shard === undefined ? await shardSets(run) : [])]
  for (const { set } of sets) checkNames(set.sites)
  await requireSpace(
    path,
    sets.map(({ set }) => set),
  )
  const file = await createNetcdf(path)
  try {
    file.group('', exportAttributes(source))
    for (const { prefix, set } of sets) await writeSet(file, prefix, { run, set })
    const missing = await writeData(file, run, set.shard, exportAttributes(source))
    return [...sets.slice(1).flatMap(({ set }) => set.missing), ...missing]
  } finally {
    file.close()
  }
}

/** What one shard was not able to do is no reason to lose the others. */
async function shardSets(run: ReadableRun): Promise<readonly { readonly prefix: string; readonly set: DrawSet }[]> {
  if (run.shards.length < 2) return []
  const sets = []
  for (const shard of run.shards) {
    const set = await run.shard(shard)
    sets.push({ prefix: `${shardGroup(shard)}/`, set })
  }
  return sets
}

interface SetSource {
  readonly run: ReadableRun
  readonly set: DrawSet
}

async function writeSet(file: NetcdfFile, prefix: string, { run, set }: SetSource): Promise<void> {
  const { chains, sites } = set
  if (chains.length === 0) return
  const attributes = exportAttributes({ run, set, missing: [] })
  const posterior = set.scale === 'constrained' ? 'posterior' : 'unconstrained_posterior'
  const maxTreeDepth = run.record?.plan.sampling.maxTreeDepth
  await writeRows(file, {
    posterior: `${prefix}${posterior}`,
    statistics: `${prefix}sample_stats`,
    sites,
    chains,
    drawn: chains,
    attributes,
    maxTreeDepth,
  })
  const warmup = chains.flatMap(chain => chain.warmup ?? [])
  if (warmup.length < chains.length) return
  await writeRows(file, {
    posterior: `${prefix}warmup_${posterior}`,
    statistics: `${prefix}warmup_sample_stats`,
    sites,
    chains,
    drawn: warmup,
    attributes,
    maxTreeDepth,
  })
}

interface RowsRequest {
  /** Names of the groups. */
  readonly posterior: string
  readonly statistics: string
  readonly sites: readonly Site[]
  readonly chains: readonly DrawnChain[]
  /** Of each chain. */
  readonly drawn: readonly DrawRows[]
  readonly attributes: Readonly<Record<string, string | number>>
  readonly maxTreeDepth: number | undefined
}

async function writeRows(file: NetcdfFile, request: RowsRequest): Promise<void> {
  const { sites, chains, drawn, attributes, maxTreeDepth } = request
  const count = drawn[0]!.rows
  if (drawn.some(({ rows }) => rows !== count)) throw new Error(`the chains of ${request.posterior} have different lengths`)
  const chain: Dimension = { name: 'chain', coordinate: chains.map(known => known.chain) }
  const draw: Dimension = { name: 'draw', coordinate: { count } }
  const posterior = file.group(request.posterior, attributes)
  const places = placedSites(sites).filter(({ size }) => size > 0)
  const variables = places.map(({ site }) =>
    posterior.variable({
      name: site.name,
      type: 'number',
      dimensions: [chain, draw, ...ownDimensions(site)],
      attributes: { kind: site.kind },
    }),
  )
  const recorded = drawn.every(({ statistics }) => statistics !== undefined) ? drawn[0]!.statistics!.columns : []
  const statistics = statisticsOf(recorded)
  const derived = recorded.includes('tree_depth') && maxTreeDepth !== undefined ? [reachedMaxTreeDepth(maxTreeDepth)] : []
  const all = [...statistics, ...derived]
  const stats = all.length > 0 ? file.group(request.statistics, attributes) : undefined
  const statVariables = all.map(({ arviz, type }) => stats!.variable({ name: arviz, type, dimensions: [chain, draw] }))
  for (const [c, rows] of drawn.entries()) {
    const width = rows.values.columns.length
    for await (const batch of rowBatches(rows)) {
      const range = [
        [c, c + 1],
        [batch.from, batch.from + batch.rows],
      ] as const
      places.forEach(({ site, from, size }, k) => {
        variables[k]!.write([...range, ...site.shape.map(length => [0, length] as const)], columnsOf(batch.values, width, { from, size }))
      })
      all.forEach(({ column, convert }, k) => {
        const from = rows.statistics!.columns.indexOf(column)
        const values = columnsOf(batch.statistics, rows.statistics!.columns.length, { from, size: 1 })
        statVariables[k]!.write(range, convert ? values.map(convert) : values)
      })
    }
  }
}

/** Dimensions of one element, named as ArviZ does where nobody gave them names; groups are labelled with their numbers, from 0. */
const ownDimensions = ({ name, shape, levels }: Site): readonly Dimension[] =>
  shape.map((count, axis) => ({ name: dimensionName(name, axis), coordinate: levels?.[axis] ?? { count } }))

const dimensionName = (site: string, axis: number): string => `${site}_dim_${axis}`

/** No text of UTF-8. */
const UNPAIRED_SURROGATE = /\p{Surrogate}/u

/** @throws ChoraleError `CHORALE_EXPORT_NAME` */
function checkNames(sites: readonly Site[]): void {
  const names = sites.map(({ name }) => name)
  const fix = 'rename the site in the model, or use --format parquet'
  const impossible = names.filter(
    name => name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0') || UNPAIRED_SURROGATE.test(name),
  )
  refuseNames('netCDF', impossible, 'names have no "/" there, and are Unicode text', fix)
  const taken = ['chain', 'draw', ...sites.flatMap(({ name, shape }) => shape.map((_, axis) => dimensionName(name, axis)))]
  refuseNames('netCDF', ambiguousNames(names, taken), 'it is that of another site or dimension', fix)
}

/** The library does not say when the disk is full. @throws ChoraleError `CHORALE_DISK_FULL` */
async function requireSpace(path: string, sets: readonly DrawSet[]): Promise<void> {
  const bytesOf = ({ rows, values, statistics }: DrawRows): number => 8 * rows * (values.columns.length + (statistics?.columns.length ?? 0))
  const needed = sets
    .flatMap(({ chains }) => chains)
    .reduce((total, chain) => total + bytesOf(chain) + (chain.warmup ? bytesOf(chain.warmup) : 0), 0)
  const { bavail, bsize } = await statfs(dirname(path))
  if (bavail * bsize >= needed) return
  throw new ChoraleError('CHORALE_DISK_FULL', `${path} takes ${needed} bytes; its file system has ${bavail * bsize} left.`, {
    lookedIn: path,
    fix: 'free space, or choose another disk with --out',
  })
}
