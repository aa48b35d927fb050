import { ChoraleError } from '@chorale/core/contracts'

import type { DrawSet, MissingPart, ReadableRun } from './readable-run.js'

/** Which draws are exported. */
export interface ExportSelection {
  /** Those of this shard's sub-posterior. Default: those of the posterior. */
  readonly shard?: number
}

/** Draws that can be exported, and what of them cannot. */
export interface ExportSource {
  readonly run: ReadableRun
  readonly set: DrawSet
  /** All draws of what shards share, where `set` has only those that come with shards' own parameters. */
  readonly combined?: DrawSet
  readonly missing: readonly MissingPart[]
}

/** @throws ChoraleError `CHORALE_NO_DRAWS` where none can be read */
export async function exportSource(run: ReadableRun, { shard }: ExportSelection): Promise<ExportSource> {
  const all = shard === undefined ? await run.posterior() : await run.shard(shard)
  const joint = shard === undefined ? await run.joint?.() : undefined
  const set = joint ?? all
  if (set.chains.length === 0) {
    const [first] = set.missing
    throw new ChoraleError(
      'CHORALE_NO_DRAWS',
      `Run ${run.id} has no draws of ${shard === undefined ? 'its posterior' : `shard ${shard}`} that can be read${first ? `: ${first.what}: ${first.why}` : ''}.`,
      {
        lookedIn: run.path,
        fix:
          shard === undefined && run.shards.length > 1
            ? 'chorale run --resume goes on with it; --shard exports the draws of a shard that is finished'
            : 'chorale status tells how far the run is; chorale run --resume goes on with it',
      },
    )
  }
  return { run, set, ...(joint ? { combined: all } : {}), missing: [...run.missing, ...set.missing] }
}

/** For formats that have no place for unconstrained draws. @throws ChoraleError `CHORALE_VALUES_MISSING` */
export function requireConstrained({ run, set }: ExportSource): void {
  if (set.scale === 'constrained') return
  throw new ChoraleError('CHORALE_VALUES_MISSING', `Run ${run.id} has draws on the unconstrained scale only.`, {
    lookedIn: run.path,
    fix: `chorale run --resume ${run.path} finishes a run that has not come to its end, chorale combine ${run.path} one that has; either records the values. --format netcdf holds unconstrained draws as well`,
  })
}

const LISTED = 5

/** For names that a format has no place for. @throws ChoraleError `CHORALE_EXPORT_NAME` */
export function refuseNames(format: string, names: readonly string[], why: string, fix: string): void {
  if (names.length === 0) return
  const listed = names.slice(0, LISTED).map(name => JSON.stringify(name))
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : ''
  throw new ChoraleError(
    'CHORALE_EXPORT_NAME',
    `${format} cannot hold the ${names.length === 1 ? 'name' : 'names'} ${listed.join(', ')}${more}: ${why}.`,
    { fix },
  )
}

/** Names that occur more than once, or are in `taken`. */
export function ambiguousNames(names: readonly string[], taken: readonly string[] = []): readonly string[] {
  const seen = new Set(taken)
  return names.filter(name => seen.has(name) || !seen.add(name))
}
