/** Type numbers of DuckDB's C interface (`duckdb_type` in duckdb.h), which are fixed. */
const BOOLEAN = 1
const INTEGERS = new Set([2, 3, 4, 5, 6, 7, 8, 9, 16, 32])
const FLOATS = new Set([10, 11])
const DECIMAL = 19
const DATE = 13
const TIMESTAMPS = new Set([12, 20, 21, 31])
const TIMESTAMP_NS = 22

/** The SQL that selects a column as what the table takes: numbers, bigints, booleans or text. */
export function columnExpression(name: string, typeId: number, isFactor: boolean): string {
  const column = `"${name.replaceAll('"', '""')}"`
  if (typeId === BOOLEAN || INTEGERS.has(typeId) || FLOATS.has(typeId)) return column
  if (isFactor) return `CAST(${column} AS VARCHAR)`
  if (typeId === DECIMAL) return `CAST(${column} AS DOUBLE)`
  if (typeId === DATE) return `epoch_us(CAST(${column} AS TIMESTAMP)) / 1000.0::DOUBLE`
  if (TIMESTAMPS.has(typeId)) return `epoch_us(${column}) / 1000.0::DOUBLE`
  if (typeId === TIMESTAMP_NS) return `epoch_ns(${column}) / 1000000.0::DOUBLE`
  return `CAST(${column} AS VARCHAR)`
}
