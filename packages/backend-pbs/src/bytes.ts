const UNITS = ['b', 'kb', 'mb', 'gb', 'tb', 'pb']

/** Bytes of `4gb`, units being powers of 1024; undefined for anything else. Source: pbs_resources(7B), size. */
export function bytesOf(text: string | undefined): number | undefined {
  const [, number, unit = 'b'] = /^(\d+)([kmgtp]?b)?$/i.exec(text ?? '') ?? []
  if (number === undefined) return undefined
  return Array.from({ length: UNITS.indexOf(unit.toLowerCase()) }).reduce<number>(bytes => 1024 * bytes, Number(number))
}
