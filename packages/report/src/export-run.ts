import { ChoraleError } from '@chorale/core/contracts'

import { writeWhole, type OutputOptions } from './atomic-output.js'
import { exportSource, type ExportSelection, type ExportSource } from './export-source.js'
import type { MissingPart, ReadableRun } from './readable-run.js'

type Write = (path: string, source: ExportSource) => Promise<readonly MissingPart[]>

interface Format {
  readonly name: string
  readonly summary: string
  readonly kind: 'file' | 'folder'
  /** Ending of the name that an export gets where none is asked for. */
  readonly ending: string
  readonly load: () => Promise<Write>
}

/** Of a format that holds all that its source has, or refuses it. */
const complete =
  (write: (path: string, source: ExportSource) => Promise<void>): Write =>
  async (path, source) => {
    await write(path, source)
    return []
  }

/** What `--format` takes. Each loads its library when it is used. */
export const FORMATS: readonly Format[] = [
  {
    name: 'netcdf',
    summary: 'one netCDF-4 file for ArviZ, sub-posteriors and data included',
    kind: 'file',
    ending: '.nc',
    load: async () => (await import('./netcdf/netcdf.js')).writeNetcdf,
  },
  {
    name: 'cmdstan',
    summary: 'a folder of CmdStan CSV files, one a chain',
    kind: 'folder',
    ending: '-cmdstan',
    load: async () => complete((await import('./cmdstan-csv.js')).writeCmdstan),
  },
  {
    name: 'parquet',
    summary: 'a table: chain, draw, a column for each scalar',
    kind: 'file',
    ending: '.parquet',
    load: async () => complete((await import('./parquet.js')).writeParquet),
  },
  {
    name: 'arrow',
    summary: 'the same table as an Arrow IPC file (Feather)',
    kind: 'file',
    ending: '.arrow',
    load: async () => complete((await import('./arrow.js')).writeArrow),
  },
  {
    name: 'json',
    summary: 'the same table as JSON text',
    kind: 'file',
    ending: '.json',
    load: async () => complete((await import('./json.js')).writeJson),
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
  const write = await format.load()
  let missing: readonly MissingPart[] = source.missing
  await writeWhole(path, format.kind, { existing }, async temporary => {
    missing = [...missing, ...(await write(temporary, source))]
  })
  const { chains } = source.set
  return { format: format.name, path, chains: chains.length, draws: chains.reduce((total, { rows }) => total + rows, 0), missing }
}
