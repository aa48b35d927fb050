import { ChoraleError } from '@chorale/core/contracts'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

import { exportAttributes } from '../export-attributes.js'
import { ambiguousNames, refuseNames, type ExportSource } from '../export-source.js'
import { findPredictions } from '../found-predictions.js'
import type { DrawRows, DrawSet, MissingPart, ReadableRun, Site } from '../readable-run.js'
import { writeData } from './data-groups.js'
import { dimensionName, writePrior, writeSet } from './draw-groups.js'
import { createNetcdf } from './netcdf-file.js'
import { bytesOfPredictions, writePredictions } from './prediction-groups.js'

/** Of a run with several shards: their sub-posteriors are in groups of their own, below one for each shard. */
const shardGroup = (shard: number): string => `shard_${String(shard).padStart(4, '0')}`

/** Before the name of a group with all combined draws. */
const COMBINED = 'combined_'

/**
 * An ArviZ file: groups `posterior`, `sample_stats`, `warmup_posterior`, `warmup_sample_stats`, `log_likelihood`, `posterior_predictive`, `prior`, `observed_data`,
 * `constant_data`, with the names of its schema.
 * The posterior of several shards is one chain of combined draws; below `shard_0000`, ... are the same groups of each shard's sub-posterior.
 * Where shards have parameters of their own, `posterior` has the combined draws that come with these, and `combined_posterior` all of them. Draws that are on the
 * unconstrained scale only are in `unconstrained_posterior`.
 */
export async function writeNetcdf(path: string, source: ExportSource): Promise<readonly MissingPart[]> {
  const { run, set, combined } = source
  const sets = [
    { prefix: '', set },
    ...(combined ? [{ prefix: COMBINED, set: combined }] : []),
    ...(set.shard === undefined ? await shardSets(run) : []),
  ]
  const prior = set.shard === undefined ? await run.prior?.() : undefined
  for (const { set } of sets) checkNames(set.sites)
  if (prior) checkNames(prior.sites)
  const { found, missing: lost } = await findPredictions(run, set.shard)
  const bytes = sets.reduce((total, { set }) => total + bytesOfSet(set), bytesOfPredictions(found) + (prior ? bytesOfSet(prior) : 0))
  await requireSpace(path, bytes)
  const file = await createNetcdf(path)
  try {
    file.group('', exportAttributes(source))
    for (const { prefix, set } of sets) await writeSet(file, prefix, { run, set })
    if (prior && prior.chains.length > 0) await writePrior(file, { run, set: prior })
    const missing = [...(prior?.missing ?? []), ...lost, ...(await writePredictions(file, found, exportAttributes(source)))]
    missing.push(...(await writeData(file, run, set.shard, exportAttributes(source))))
    return [...sets.filter(one => one.set !== set && one.set !== combined).flatMap(one => one.set.missing), ...missing]
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

function bytesOfSet({ chains }: DrawSet): number {
  const bytesOf = ({ rows, values, statistics }: DrawRows): number => 8 * rows * (values.columns.length + (statistics?.columns.length ?? 0))
  return chains.reduce((total, chain) => total + bytesOf(chain) + (chain.warmup ? bytesOf(chain.warmup) : 0), 0)
}

/** The library does not say when the disk is full. @throws ChoraleError `CHORALE_DISK_FULL` */
async function requireSpace(path: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path))
  if (bavail * bsize >= needed) return
  throw new ChoraleError('CHORALE_DISK_FULL', `${path} takes ${needed} bytes; its file system has ${bavail * bsize} left.`, {
    lookedIn: path,
    fix: 'free space, or choose another disk with --out',
  })
}
