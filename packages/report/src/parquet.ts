import type { ColumnSource } from 'hyparquet-writer'
import type { SchemaElement } from 'hyparquet'

import type { ExportAttributes } from './export-attributes.js'
import type { NumberType } from './sample-stats.js'
import type { TidyTable } from './tidy-table.js'

const TYPES: Readonly<Record<NumberType, SchemaElement['type']>> = { number: 'DOUBLE', integer: 'INT32', boolean: 'BOOLEAN' }

/** Bytes that are collected before they are written to the file. */
const FLUSH_BYTES = 1 << 22

/** A Parquet file: a row group for each batch of rows, numbers as they are, no dictionaries (which do not tell -0 from 0). */
export async function writeParquet(path: string, table: TidyTable, attributes: ExportAttributes): Promise<void> {
  const [{ ByteWriter, ParquetWriter }, { open }] = await Promise.all([import('hyparquet-writer'), import('node:fs/promises')])
  const schema: SchemaElement[] = [
    { name: 'root', num_children: table.columns.length },
    ...table.columns.map(({ name, type }): SchemaElement => ({ name, type: TYPES[type]!, repetition_type: 'REQUIRED' })),
  ]
  const kvMetadata = Object.entries(attributes).map(([key, value]) => ({ key: `chorale.${key}`, value: String(value) }))
  const bytes = new ByteWriter()
  const handle = await open(path, 'wx')
  try {
    const flush = async (): Promise<void> => {
      // Page offsets count from the beginning of the file; only what waits in the buffer starts anew.
      await handle.appendFile(new Uint8Array(bytes.buffer, 0, bytes.index))
      bytes.index = 0
    }
    const writer = new ParquetWriter({ writer: bytes, schema, kvMetadata, createdBy: 'chorale', statistics: false, codec: 'SNAPPY' })
    for await (const { rows, columns } of table.batches()) {
      const columnData = table.columns.map(({ name, type }, k): ColumnSource => ({
        name,
        data: parquetValues(columns[k]!, type),
        encoding: 'PLAIN',
        // The digits of draws are as good as random: compression takes long and wins nothing.
        codec: type === 'number' ? 'UNCOMPRESSED' : 'SNAPPY',
        offsetIndex: false,
      }))
      await writer.write({ columnData, rowGroupSize: rows })
      if (bytes.index > FLUSH_BYTES) await flush()
    }
    await writer.finish()
    await flush()
  } finally {
    await handle.close()
  }
}

function parquetValues(values: Float64Array, type: NumberType): ColumnSource['data'] {
  if (type === 'integer') return Int32Array.from(values)
  return type === 'boolean' ? Array.from(values, value => value !== 0) : values
}
