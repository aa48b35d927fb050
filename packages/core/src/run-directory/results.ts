/** What tasks computed, read back from their files. */
import { DRAWS_FILE, STATS_FILE } from '../contracts/sampler.js'
import { decodeRowsFile, type RowsFile } from '../contracts/rows-file.js'
import type { TaskResult } from '../contracts/task.js'
import { DENSITY_FILE, POINTWISE_FILE } from './layout.js'
import { damagedResult, readRecordedFile } from './file-record.js'
import { attemptDirectory } from './layout.js'

/** The draws of one chain. */
export interface ChainDraws {
  readonly draws: number
  readonly dimension: number
  /** draws x dimension, row-major, on the unconstrained scale. */
  readonly positions: Float64Array
  /** Gradients of the task's log density at the draws, draws x dimension; empty where the task wrote none. */
  readonly scores: Float64Array
}

export interface ChainStats {
  readonly draws: number
  /** Values by name, one a draw. */
  readonly columns: Readonly<Record<string, Float64Array>>
}

export interface DensityValues {
  /** Log density at each position. */
  readonly logDensity: Float64Array
  /** positions x dimension; empty where none was asked for. NaN where the log density is not finite. */
  readonly gradients: Float64Array
}

/** The file of that name in a task's result; undefined if it wrote none. @throws ChoraleError `CHORALE_RESULT_DAMAGED` */
async function readRows(run: string, result: TaskResult, name: string): Promise<RowsFile | undefined> {
  const record = result.files.find(file => file.path === name)
  if (!record) return undefined
  const directory = attemptDirectory(run, result.task, result.attempt)
  const bytes = await readRecordedFile(directory, record)
  return decodeWholeRows(bytes, `${directory}/${name}`)
}

async function readRequiredRows(run: string, result: TaskResult, name: string): Promise<RowsFile> {
  const rows = await readRows(run, result, name)
  if (rows) return rows
  const directory = attemptDirectory(run, result.task, result.attempt)
  throw damagedResult(`${directory}/${name}`, 'is not among the files of the result')
}

/** A rows file that must be whole to its last byte. @throws ChoraleError `CHORALE_RESULT_DAMAGED` */
export function decodeWholeRows(bytes: Uint8Array, path: string): RowsFile {
  let file: RowsFile
  try {
    file = decodeRowsFile(bytes)
  } catch (error) {
    throw damagedResult(path, 'has no readable header', error)
  }
  if (file.validBytes !== bytes.length) throw damagedResult(path, `is whole only up to byte ${file.validBytes} of ${bytes.length}`)
  if (!Number.isInteger(file.rows)) throw damagedResult(path, 'ends within a row')
  return file
}

function columnBlock(file: RowsFile, from: number, to: number): Float64Array {
  const width = file.header.columns.length
  const block = new Float64Array(file.rows * (to - from))
  for (let row = 0; row < file.rows; row++) block.set(file.values.subarray(row * width + from, row * width + to), row * (to - from))
  return block
}

/**
 * The draws of a `sample` or `conditional` task.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export async function readDraws(run: string, result: TaskResult): Promise<ChainDraws> {
  const file = await readRequiredRows(run, result, DRAWS_FILE)
  const dimension = file.header.columns.filter(name => !/^g\d+$/.test(name)).length
  return {
    draws: file.rows,
    dimension,
    positions: columnBlock(file, 0, dimension),
    scores: columnBlock(file, dimension, file.header.columns.length),
  }
}

/**
 * The sampler's statistics of a `sample` task, one value a draw and column.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export async function readStats(run: string, result: TaskResult): Promise<ChainStats> {
  const file = await readRequiredRows(run, result, STATS_FILE)
  return {
    draws: file.rows,
    columns: Object.fromEntries(file.header.columns.map((name, i) => [name, columnBlock(file, i, i + 1)])),
  }
}

/**
 * The log densities of an `evaluate` task.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export async function readDensity(run: string, result: TaskResult): Promise<DensityValues> {
  const file = await readRequiredRows(run, result, DENSITY_FILE)
  return { logDensity: columnBlock(file, 0, 1), gradients: columnBlock(file, 1, file.header.columns.length) }
}

/**
 * The pointwise log likelihood of an `evaluate` task: positions x rows of the shard, row-major.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export async function readPointwise(run: string, result: TaskResult): Promise<Float64Array> {
  return (await readRequiredRows(run, result, POINTWISE_FILE)).values
}
