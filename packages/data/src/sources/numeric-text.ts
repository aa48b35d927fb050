const MISSING = new Set(['', 'NA', 'NaN', 'nan', 'NAN', 'null', 'NULL', 'Null'])
const LONG_INTEGER = /^[+-]?\d{16,}$/
const INFINITE = /^[+-]?inf(?:inity)?$/i
const OTHER_BASE = /^0[box]/i

/**
 * The number that a text stands for: decimal notation, spaces around it ignored. null for an empty cell and for what R, Python and SQL write for a
 * missing number (`NA`, `NaN`, `null`); the text itself where it is no number; a bigint for an integer that a Float64 may not hold.
 */
export function parseNumber(text: string): number | bigint | string | null {
  const trimmed = text.trim()
  if (MISSING.has(trimmed)) return null
  const value = Number(trimmed)
  if (!Number.isFinite(value)) return INFINITE.test(trimmed) ? (trimmed.startsWith('-') ? -Infinity : Infinity) : text
  if (OTHER_BASE.test(trimmed)) return text
  return LONG_INTEGER.test(trimmed) ? BigInt(trimmed.replace('+', '')) : value
}
