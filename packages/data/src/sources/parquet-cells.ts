import type { ParquetParsers, SchemaTree } from 'hyparquet'

const MS_PER_DAY = 86_400_000
const decoder = new TextDecoder()

/** Dates and times as milliseconds since 1970-01-01T00:00, as the file stores them: no time zone is applied, whether the file names one or not. */
export const epochMilliseconds: Partial<ParquetParsers> = {
  timestampFromMilliseconds: Number,
  timestampFromMicroseconds: micros => Number(micros) / 1000,
  timestampFromNanoseconds: nanos => Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6,
  dateFromDays: days => days * MS_PER_DAY,
  jsonFromBytes: bytes => bytes && decoder.decode(bytes),
}

/** Undoes the rounding error of a decimal that was scaled by a multiplication; undefined for columns that are not decimals. */
export function exactDecimal({ element }: SchemaTree): ((value: unknown) => unknown) | undefined {
  if (element.converted_type !== 'DECIMAL') return undefined
  const unit = Number(`1e${element.scale ?? 0}`)
  return value => (typeof value === 'number' ? Math.round(value * unit) / unit : value)
}
