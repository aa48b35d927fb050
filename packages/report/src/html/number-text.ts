/** To four significant digits, short. */
export function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2).replace('e+', 'e')
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(size)))))
}

/** A value with as many digits as its spread gives a meaning to: three of the spread. */
export function valueText(value: number, spread: number): string {
  if (!Number.isFinite(value) || !(spread > 0) || !Number.isFinite(spread)) return shortNumber(value)
  const size = Math.max(Math.abs(value), spread)
  const decimals = 2 - Math.floor(Math.log10(spread))
  return size < 1e-3 || size >= 1e6 || decimals > 8
    ? shortNumber(value)
    : value.toFixed(Math.max(0, decimals)).replace(/^-(0(?:\.0*)?)$/, '$1')
}

export const countText = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : Math.round(value).toLocaleString('en-US')

export const ratioText = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(3)

export const percentText = (share: number): string => `${shortNumber(100 * share)} %`

/** `2nd`, `3rd`, `11th`. */
export function ordinal(count: number): string {
  const last = Math.floor(count / 10) % 10 === 1 ? 0 : count % 10
  return `${countText(count)}${['th', 'st', 'nd', 'rd'][last] ?? 'th'}`
}

/** `1 draw`, `2 draws`. */
export const counted = (count: number, noun: string): string => `${countText(count)} ${noun}${count === 1 ? '' : 's'}`

export const gigabytesText = (bytes: number | null): string => (bytes === null ? '–' : `${shortNumber(Math.round(bytes / 1e7) / 100)} GB`)

export function secondsText(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–'
  if (seconds < 100) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`
}
