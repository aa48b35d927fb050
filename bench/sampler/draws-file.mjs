/**
 * How sides hand over their draws: little-endian float64, first all draws of the first scalar, chain after chain, then those of the next one. Names of
 * scalars are those of Stan's CSV files (`mu`, `z.1`), values those of the constrained scale.
 */
import { readFileSync, writeFileSync } from 'node:fs'

/** `values(k, chain, draw)` is a number. */
export function writeDraws(path, { names, chains, draws }, value) {
  const numbers = new Float64Array(names.length * chains * draws)
  let at = 0
  for (let k = 0; k < names.length; k++)
    for (let chain = 0; chain < chains; chain++) for (let draw = 0; draw < draws; draw++) numbers[at++] = value(k, chain, draw)
  writeFileSync(path, new Uint8Array(numbers.buffer))
}

/** Name -> chains of one scalar, each a Float64Array. */
export function readDraws(path, { names, chains, draws }) {
  const bytes = readFileSync(path)
  const numbers = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  if (numbers.length !== names.length * chains * draws)
    throw new Error(`${path} holds ${numbers.length} numbers instead of ${names.length} x ${chains} x ${draws}`)
  const chainOf = (k, chain) => numbers.subarray((k * chains + chain) * draws, (k * chains + chain + 1) * draws)
  return new Map(names.map((name, k) => [name, Array.from({ length: chains }, (_, chain) => chainOf(k, chain))]))
}

/** Names of the scalars of `[name, size]`: `mu`, or `z.1`, `z.2`, ... where there is more than one. */
export const scalarNames = shapes =>
  shapes.flatMap(([name, size]) => (size === undefined ? [name] : Array.from({ length: size }, (_, k) => `${name}.${k + 1}`)))
