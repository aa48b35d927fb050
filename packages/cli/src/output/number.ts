/** A value to as many digits as its standard error supports, at most six decimals; integers of counts without any. */
export function formatValue(value: number, scale: number): string {
  if (!Number.isFinite(value)) return String(value)
  const decimals = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(scale > 0 ? scale : 1))))
  return Math.abs(value) >= 1e7 ? value.toExponential(3) : value.toFixed(decimals)
}

export const formatCount = (value: number | null): string => (value === null ? '-' : Math.round(value).toLocaleString('en-US'))

/** `3 s`, `2 min 05 s`, `1 h 04 min`. */
export function formatSeconds(seconds: number): string {
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`
}
