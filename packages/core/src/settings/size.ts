const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 * 1024,
  gib: 1024 * 1024 * 1024,
  tib: 1024 * 1024 * 1024 * 1024,
}

/** A number and a unit: `8GB`, `512 MiB`, `1.5 TB`. `G` alone is not one: it is 10^9 bytes to some programs and 2^30 to others. */
export const SIZE_PATTERN = /^\s*(\d+(?:\.\d+)?)\s*((?:[KkMmGgTt][Ii]?)?[Bb])\s*$/

/**
 * Bytes of a size such as `8GB` (8 x 10^9) or `512 MiB` (512 x 2^20), rounded to a whole byte; case does not matter. `undefined` when the text is
 * not a size, or is less than one byte. Units: IEC 80000-13.
 */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = SIZE_PATTERN.exec(text) ?? []
  const factor = UNITS[unit?.toLowerCase() ?? '']
  if (amount === undefined || factor === undefined) return undefined
  const bytes = Math.round(Number(amount) * factor)
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined
}
