import type { Distribution } from './distribution.js'

/** Arguments of a distribution that is part of another, under its name: `gamma: shape`. */
export function argumentsWithin({ name, arguments: given, domains }: Distribution): Pick<Distribution, 'arguments' | 'domains'> {
  const prefixed = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).map(([key, entry]) => [`${name}: ${key}`, entry]))
  return { arguments: prefixed(given), domains: prefixed(domains) }
}
