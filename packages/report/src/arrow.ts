import type * as Arrow from 'apache-arrow'
import type { Field, RecordBatch, Schema, Table } from 'apache-arrow'

import { exportAttributes, type ExportAttributes } from './export-attributes.js'
import { exportSource, type ExportSelection } from './export-source.js'
import type { ReadableRun } from './readable-run.js'
import type { NumberType } from './sample-stats.js'
import { writePieces } from './atomic-output.js'
import { tidyTable, type TidyBatch, type TidyTable } from './tidy-table.js'

type ArrowModule = typeof Arrow

function schemaOf(arrow: ArrowModule, { columns }: TidyTable, attributes: ExportAttributes): Schema {
  const types = { number: () => new arrow.Float64(), integer: () => new arrow.Int32(), boolean: () => new arrow.Bool() }
  const fields = columns.map(({ name, type }): Field => new arrow.Field(name, types[type](), false))
  return new arrow.Schema(fields, new Map(Object.entries(attributes).map(([key, value]) => [`chorale.${key}`, String(value)])))
}

function bitsOf(values: Float64Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 64) * 8)
  values.forEach((value, i) => {
    if (value !== 0) bits[i >> 3]! |= 1 << (i & 7)
  })
  return bits
}

function recordBatch(arrow: ArrowModule, schema: Schema, { columns }: TidyTable, batch: TidyBatch): RecordBatch {
  const dataOf = (type: NumberType, values: Float64Array) => {
    const length = batch.rows
    if (type === 'integer') return arrow.makeData({ type: new arrow.Int32(), length, data: Int32Array.from(values) })
    if (type === 'boolean') return arrow.makeData({ type: new arrow.Bool(), length, data: bitsOf(values) })
    return arrow.makeData({ type: new arrow.Float64(), length, data: values })
  }
  const children = columns.map(({ type }, k) => dataOf(type, batch.columns[k]!))
  return new arrow.RecordBatch(
    schema,
    arrow.makeData({ type: new arrow.Struct(schema.fields), length: batch.rows, nullCount: 0, children }),
  )
}

async function* recordBatches(arrow: ArrowModule, table: TidyTable, schema: Schema): AsyncGenerator<RecordBatch> {
  for await (const batch of table.batches()) yield recordBatch(arrow, schema, table, batch)
}

/** An Arrow IPC file (Feather, version 2), uncompressed so that it can be mapped: a record batch for each batch of rows. */
export async function writeArrow(path: string, table: TidyTable, attributes: ExportAttributes): Promise<void> {
  const arrow = await import('apache-arrow')
  await writePieces(path, ipcPieces(arrow, table, schemaOf(arrow, table, attributes)))
}

const BITS: Readonly<Record<NumberType, number>> = { number: 64, integer: 32, boolean: 1 }

/** The writer would take batches as fast as they can be read and hold what is not written yet: the next one waits until the one before has come out. */
async function* ipcPieces(arrow: ArrowModule, table: TidyTable, schema: Schema): AsyncGenerator<Uint8Array> {
  const rowBytes = table.columns.reduce((total, { type }) => total + BITS[type], 0) / 8
  let [given, taken] = [0, 0]
  let wake = (): void => undefined
  async function* paced(): AsyncGenerator<RecordBatch> {
    for await (const batch of recordBatches(arrow, table, schema)) {
      yield batch
      given += Math.floor(batch.numRows * rowBytes)
      while (taken < given) await new Promise<void>(resolve => (wake = resolve))
    }
  }
  const writer = new arrow.RecordBatchFileWriter()
  const written = (writer.writeAll(paced()) as unknown as Promise<unknown>).catch((error: unknown) => {
    writer.abort(error)
    throw error
  })
  written.catch(() => undefined)
  try {
    for await (const piece of writer) {
      yield piece
      taken += piece.length
      wake()
    }
  } catch (error) {
    // What stopped the writer, where it was not the reader.
    await written
    throw error
  }
  await written
}

/**
 * The draws of a run as an Arrow table, in memory: columns `chain` and `draw`, one for each scalar (`beta[2]`), and the sampler's statistics under CmdStan's names.
 * @throws ChoraleError `CHORALE_NO_DRAWS`, `CHORALE_VALUES_MISSING`, `CHORALE_EXPORT_NAME`, `CHORALE_SHARD_UNKNOWN`
 */
export async function toArrow(run: ReadableRun, selection: ExportSelection = {}): Promise<Table> {
  const arrow = await import('apache-arrow')
  const source = await exportSource(run, selection)
  const table = tidyTable(source, 'Arrow')
  const schema = schemaOf(arrow, table, exportAttributes(source))
  const batches: RecordBatch[] = []
  for await (const batch of recordBatches(arrow, table, schema)) batches.push(batch)
  return new arrow.Table(schema, batches)
}
