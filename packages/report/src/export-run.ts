import { join, parse } from 'node:path'

import { ChoraleError } from '@chorale/core/contracts'

import { refuseExisting, writeWhole, type OutputOptions } from './atomic-output.js'
import { exportAttributes, type ExportAttributes } from './export-attributes.js'
import { exportSource, type ExportSelection, type ExportSource } from './export-source.js'
import { findPredictions } from './found-predictions.js'
import { predictionTables } from './prediction-tables.js'
import type { MissingPart, ReadableRun } from './readable-run.js'
import { tidyTable, type TidyTable } from './tidy-table.js'

type Write = (path: string, source: ExportSource) => Promise<readonly MissingPart[]>
type WriteTable = (path: string, table: TidyTable, attributes: ExportAttributes) => Promise<void>

/** `table`: of a format of tables, in which each kind of predictions has a file of its own. */
interface Writers {
  readonly write: Write
  readonly table?: WriteTable
}

interface Format {
  readonly name: string
  readonly summary: string
  readonly kind: 'file' | 'folder'
  /** Ending of the name that an export gets where none is asked for. */
  readonly ending: string
  readonly load: () => Promise<Writers>
}

const ofTables = (name: string, table: WriteTable): Writers => ({
  write: async (path, source) => {
    await table(path, tidyTable(source, name), exportAttributes(source))
    return []
  },
  table,
})

/** What `--format` takes. Each loads its library when it is used. */
export const FORMATS: readonly Format[] = [
  {
    name: 'netcdf',
    summary: 'one netCDF-4 file for ArviZ, sub-posteriors and data included',
    kind: 'file',
    ending: '.nc',
    load: async () => ({ write: (await import('./netcdf/netcdf.js')).writeNetcdf }),
  },
  {
    name: 'cmdstan',
    summary: 'a folder of CmdStan CSV files, one a chain',
    kind: 'folder',
    ending: '-cmdstan',
    load: async () => ({ write: (await import('./cmdstan-csv.js')).writeCmdstan }),
  },
  {
    name: 'parquet',
    summary: 'a table: chain, draw, a column for each scalar',
    kind: 'file',
    ending: '.parquet',
    load: async () => ofTables('Parquet', (await import('./parquet.js')).writeParquet),
  },
  {
    name: 'arrow',
    summary: 'the same table as an Arrow IPC file (Feather)',
    kind: 'file',
    ending: '.arrow',
    load: async () => ofTables('Arrow', (await import('./arrow.js')).writeArrow),
  },
  {
    name: 'json',
    summary: 'the same table as JSON text',
    kind: 'file',
    ending: '.json',
    load: async () => ofTables('JSON', (await import('./json.js')).writeJson),
  },
]

export interface ExportRequest extends ExportSelection {
  /** Name of a format. */
  readonly format: string
  /** File, or folder, to write. Default: the run's id with the ending of the format, in the current folder. */
  readonly out?: string
  /** Default `refuse`. */
  readonly existing?: OutputOptions['existing']
}

export interface ExportResult {
  readonly format: string
  readonly path: string
  readonly chains: number
  /** Of all chains together. */
  readonly draws: number
  /** Files of their own that log likelihood and simulated data of rows have beside `path`, where the format is one of tables and the run has them. */
  readonly predictions?: readonly string[]
  /** What could not be exported, and why. */
  readonly missing: readonly MissingPart[]
}

/**
 * Writes the draws of a run for other programs. Reads and writes a piece at a time, so that the run may be larger than memory; the file, or folder, appears when it is
 * whole.
 * @throws ChoraleError `CHORALE_EXPORT_FORMAT`, `CHORALE_EXPORT_NAME`, `CHORALE_EXPORT_EXISTS`, `CHORALE_EXPORT_FOLDER`, `CHORALE_NO_DRAWS`, `CHORALE_VALUES_MISSING`,
 * `CHORALE_SHARD_UNKNOWN`, `CHORALE_DISK_FULL`, `CHORALE_DIRECTORY_READ_ONLY`
 */
export async function exportRun(run: ReadableRun, { format: name, shard, out, existing = 'refuse' }: ExportRequest): Promise<ExportResult> {
  const format = FORMATS.find(known => known.name === name)
  if (!format) {
    throw new ChoraleError('CHORALE_EXPORT_FORMAT', `There is no export format "${name}".`, {
      askedBy: '--format',
      available: FORMATS.map(known => known.name),
      fix: '--format netcdf is the one for ArviZ',
    })
  }
  const source = await exportSource(run, shard === undefined ? {} : { shard })
  const path = out ?? `${run.id}${shard === undefined ? '' : `-shard-${shard}`}${format.ending}`
  const { write, table } = await format.load()
  const { found, missing: lost } = table ? await findPredictions(run, shard) : { found: [], missing: [] }
  const { tables, missing: refused } = predictionTables(found)
  const beside = tables.map(({ suffix, table: own }) => ({ path: besideOf(path, suffix), own }))
  for (const one of beside) await refuseExisting(one.path, existing)
  let missing: readonly MissingPart[] = [...source.missing, ...lost, ...refused]
  await writeWhole(path, format.kind, { existing }, async temporary => {
    missing = [...missing, ...(await write(temporary, source))]
  })
  for (const one of beside)
    await writeWhole(one.path, 'file', { existing }, temporary => table!(temporary, one.own, exportAttributes(source)))
  const { chains } = source.set
  return {
    format: format.name,
    path,
    chains: chains.length,
    draws: chains.reduce((total, { rows }) => total + rows, 0),
    ...(beside.length > 0 ? { predictions: beside.map(one => one.path) } : {}),
    missing,
  }
}

/** `flights.parquet`: `flights-log-likelihood.parquet`. */
function besideOf(path: string, suffix: string): string {
  const { dir, name, ext } = parse(path)
  return join(dir, `${name}-${suffix}${ext}`)
}
