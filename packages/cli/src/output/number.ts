const MOST_DECIMALS = 6

const magnitude = (x: number): number => Math.floor(Math.log10(Math.abs(x)))

/**
 * A value to three digits of its standard error `scale`, at most six decimals: mean 0.12345 with sd 0.01 is `0.1235`. What would be zeros only, or too long, is
 * written with an exponent.
 */
export function formatValue(value: number, scale: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const finest = magnitude(scale > 0 ? scale : 1) - 2
  const tiny = -finest > MOST_DECIMALS && Math.abs(value) < 1e-3
  if (tiny || Math.abs(value) >= 1e7) return value.toExponential(Math.min(MOST_DECIMALS, Math.max(2, magnitude(value) - finest)))
  return value.toFixed(Math.min(MOST_DECIMALS, Math.max(0, -finest)))
}

/** With commas between thousands. Not by the locale functions: the first call of one takes longer than everything else that is printed. */
export const formatCount = (value: number | null): string =>
  value === null ? '-' : String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')

/** `3 s`, `2 min 05 s`, `1 h 04 min`. */
export function formatSeconds(seconds: number): string {
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`
}

/** `1 row`, `2,000 rows`. */
export const counted = (count: number, word: string): string => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** To two digits at least, in units of a thousand: `950 B`, `1.2 kB`, `310 MB`, `4.5 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${value.toFixed(unit > 0 && value < 9.95 ? 1 : 0)} ${BYTE_UNITS[unit]}`
}
