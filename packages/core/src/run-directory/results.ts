/** What tasks computed, read back from their files. */
import { DRAWS_FILE, STATS_FILE } from '../contracts/sampler.js'
import type { DrawMatrix } from '../contracts/combiner.js'
import { decodeRowsFile, type RowsFile } from '../contracts/rows-file.js'
import type { TaskResult } from '../contracts/task.js'
import { DENSITY_FILE, POINTWISE_FILE } from './layout.js'
import { damagedResult, readRecordedFile } from './file-record.js'
import { attemptDirectory } from './layout.js'
import { openRows, readColumns, type RowsSource } from './rows-source.js'

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

/** The draws of one chain, read a piece at a time: the coordinates of each draw, then its gradient where the task wrote it. */
export interface ChainRows extends RowsSource {
  readonly dimension: number
}

async function openRequiredRows(run: string, result: TaskResult, name: string): Promise<RowsSource> {
  const directory = attemptDirectory(run, result.task, result.attempt)
  const record = result.files.find(file => file.path === name)
  if (!record) throw damagedResult(`${directory}/${name}`, 'is not among the files of the result')
  return openRows(directory, record)
}

/**
 * The draws of a `sample` or `conditional` task, to be read a piece at a time.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export async function openDraws(run: string, result: TaskResult): Promise<ChainRows> {
  const source = await openRequiredRows(run, result, DRAWS_FILE)
  return { ...source, dimension: source.columns.filter(name => !/^g\d+$/.test(name)).length }
}

/**
 * The sampler's statistics of a `sample` task, to be read a piece at a time.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export const openStats = (run: string, result: TaskResult): Promise<RowsSource> => openRequiredRows(run, result, STATS_FILE)

/** The coordinates of the draws of chains, one chain after another; a block is overwritten by the next. */
export async function* positionBlocks(chains: readonly ChainRows[]): AsyncGenerator<Float64Array> {
  for (const { columns, dimension, blocks } of chains) {
    let positions = new Float64Array(0)
    for await (const block of blocks()) {
      const rows = block.length / columns.length
      if (positions.length < rows * dimension) positions = new Float64Array(rows * dimension)
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < dimension; i++) positions[row * dimension + i] = block[row * columns.length + i]!
      }
      yield positions.subarray(0, rows * dimension)
    }
  }
}

/** The coordinates of every so-manieth draw of chains, in memory. */
export async function loadPositions(chains: readonly ChainRows[], every: number): Promise<DrawMatrix> {
  const { dimension } = chains[0]!
  const draws = chains.reduce((total, { rows }) => total + Math.ceil(rows / every), 0)
  const values = new Float64Array(draws * dimension)
  let kept = 0
  for (const chain of chains) {
    let row = 0
    for await (const block of positionBlocks([chain])) {
      for (let at = 0; at < block.length; at += dimension, row++) {
        if (row % every === 0) values.set(block.subarray(at, at + dimension), dimension * kept++)
      }
    }
  }
  return { draws, dimension, values }
}

/** All draws of a chain in memory. */
export async function loadChain({ rows, columns, dimension, blocks }: ChainRows): Promise<ChainDraws> {
  const width = columns.length
  const positions = new Float64Array(rows * dimension)
  const scores = new Float64Array(rows * (width - dimension))
  let row = 0
  for await (const block of blocks()) {
    for (let at = 0; at < block.length; at += width, row++) {
      positions.set(block.subarray(at, at + dimension), row * dimension)
      scores.set(block.subarray(at + dimension, at + width), row * (width - dimension))
    }
  }
  return { draws: rows, dimension, positions, scores }
}

/**
 * The draws of a `sample` or `conditional` task.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export const readDraws = async (run: string, result: TaskResult): Promise<ChainDraws> => loadChain(await openDraws(run, result))

/**
 * The sampler's statistics of a `sample` task, one value a draw and column.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`
 */
export async function readStats(run: string, result: TaskResult): Promise<ChainStats> {
  const source = await openStats(run, result)
  const values = await readColumns(
    source,
    source.columns.map((_, i) => i),
  )
  return { draws: source.rows, columns: Object.fromEntries(source.columns.map((name, i) => [name, values[i]!])) }
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
