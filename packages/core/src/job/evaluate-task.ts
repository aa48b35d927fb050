/** Runs an `evaluate` task: the shard's log density at given positions. */
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskHooks } from '../contracts/backend.js'
import type { BoundModel, Model, ShardData } from '../contracts/model.js'
import { encodeRows, encodeRowsHeader } from '../contracts/rows-file.js'
import { TaskStoppedError, type EvaluateTask } from '../contracts/task.js'
import { readRecordedFile } from '../run-directory/file-record.js'
import { DENSITY_FILE, POINTWISE_FILE } from '../run-directory/layout.js'
import { decodeWholeRows } from '../run-directory/results.js'
import { writing } from '../run-directory/write-error.js'
import { taskError } from './task-failure.js'

/** How often the event loop gets a turn, so that a signal is seen. */
const YIELD_MS = 20
const PROGRESS_MS = 500
/** Fixed, so that equal values give equal bytes: 8,192 values are 64 KiB. */
const FRAME_VALUES = 8192

/** A rows file that grows by whole frames of a fixed number of rows. */
class RowsWriter {
  readonly #handle: FileHandle
  readonly #path: string
  readonly #width: number
  readonly #buffer: Float64Array
  #used = 0

  private constructor(handle: FileHandle, path: string, width: number) {
    this.#handle = handle
    this.#path = path
    this.#width = width
    this.#buffer = new Float64Array(Math.max(1, Math.floor(FRAME_VALUES / width)) * width)
  }

  static async create(path: string, columns: readonly string[]): Promise<RowsWriter> {
    const handle = await writing(path, () => open(path, 'wx'))
    await writing(path, () => handle.writeFile(encodeRowsHeader(columns)))
    return new RowsWriter(handle, path, columns.length)
  }

  /** `values`: whole rows. */
  async append(values: Float64Array): Promise<void> {
    for (let at = 0; at < values.length; at += this.#width) {
      this.#buffer.set(values.subarray(at, at + this.#width), this.#used)
      this.#used += this.#width
      if (this.#used === this.#buffer.length) await this.#flush()
    }
  }

  async #flush(): Promise<void> {
    const frame = encodeRows(this.#buffer.subarray(0, this.#used))
    this.#used = 0
    await writing(this.#path, () => this.#handle.writeFile(frame))
  }

  async end(): Promise<void> {
    if (this.#used > 0) await this.#flush()
    await writing(this.#path, () => this.#handle.sync())
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

interface Positions {
  readonly count: number
  readonly values: Float64Array
}

async function readPositions(run: string, task: EvaluateTask, dimension: number): Promise<Positions> {
  const path = join(run, task.positions.path)
  const file = decodeWholeRows(await readRecordedFile(run, task.positions), path)
  if (file.header.columns.length !== dimension) {
    const message = `${path} has positions of ${file.header.columns.length} coordinates; the model has ${dimension}`
    throw taskError('environment', 'CHORALE_POSITIONS_INVALID', message)
  }
  return { count: file.rows, values: file.values }
}

/**
 * Writes `density.bin` and, where asked for, `pointwise.bin` into the attempt's folder. A value that is not finite is written as it is; the gradient
 * there is NaN. Stopped between two positions when `hooks.shouldStop()` says so.
 * @returns the names of the files
 */
export async function evaluateTask(
  run: string,
  task: EvaluateTask,
  model: Model,
  data: ShardData,
  directory: string,
  hooks: TaskHooks,
): Promise<readonly string[]> {
  const bound = hooks.bind ? hooks.bind(model, data, task.summary) : model.bind(data, task.summary)
  const positions = await readPositions(run, task, bound.dimension)
  const gradientColumns = task.gradient ? Array.from({ length: bound.dimension }, (_, i) => `g${i}`) : []
  const density = await RowsWriter.create(join(directory, DENSITY_FILE), ['log_density', ...gradientColumns])
  let pointwise: RowsWriter | undefined
  try {
    if (task.pointwise) {
      requirePointwise(bound)
      pointwise = await RowsWriter.create(join(directory, POINTWISE_FILE), ['log_likelihood'])
    }
    await evaluateAt(positions, { bound, task, rows: data.rows, hooks, density, pointwise })
    await density.end()
    await pointwise?.end()
  } finally {
    await density.close()
    await pointwise?.close()
  }
  return pointwise ? [DENSITY_FILE, POINTWISE_FILE] : [DENSITY_FILE]
}

function requirePointwise(bound: BoundModel): void {
  if (bound.pointwiseInto) return
  throw taskError(
    'model',
    'CHORALE_MODEL_INVALID',
    'the log likelihood of each row was asked for, and the bound model has no pointwiseInto',
  )
}

interface Evaluation {
  readonly bound: BoundModel
  readonly task: EvaluateTask
  readonly rows: number
  readonly hooks: TaskHooks
  readonly density: RowsWriter
  readonly pointwise: RowsWriter | undefined
}

async function evaluateAt({ count, values }: Positions, { bound, task, rows, hooks, density, pointwise }: Evaluation): Promise<void> {
  const { dimension } = bound
  const allocate = (length: number): Float64Array => bound.allocate?.(length) ?? new Float64Array(length)
  const position = allocate(dimension)
  const gradient = allocate(dimension)
  const logLikelihood = allocate(pointwise ? rows : 0)
  const row = new Float64Array(task.gradient ? 1 + dimension : 1)
  let yielded = performance.now()
  let reported = yielded
  for (let i = 0; i < count; i++) {
    if (hooks.shouldStop()) throw new TaskStoppedError({ task: task.id, attempt: hooks.attempt, iteration: i, reason: 'stop' })
    position.set(values.subarray(i * dimension, (i + 1) * dimension))
    row[0] = bound.logDensityInto(gradient, position, task.powers)
    if (task.gradient) {
      if (Number.isFinite(row[0])) row.set(gradient, 1)
      else row.fill(NaN, 1)
    }
    await density.append(row)
    if (pointwise) {
      bound.pointwiseInto!(logLikelihood, position)
      await pointwise.append(logLikelihood)
    }
    const now = performance.now()
    if (now - yielded < YIELD_MS) continue
    await new Promise(resolve => setImmediate(resolve))
    yielded = performance.now()
    if (now - reported < PROGRESS_MS) continue
    reported = now
    hooks.emit({ type: 'progress', task: task.id, attempt: hooks.attempt, at: Date.now(), done: i + 1, total: count, divergences: 0 })
  }
}
