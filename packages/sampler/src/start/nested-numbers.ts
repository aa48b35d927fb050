import type { Json } from '@chorale/core/contracts'

/** Nested arrays of finite numbers as one list, row-major, with their shape; undefined for anything else, rows of unequal length included. */
export function flatten(value: Json): { readonly shape: readonly number[]; readonly numbers: readonly number[] } | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? { shape: [], numbers: [value] } : undefined
  if (!Array.isArray(value)) return undefined
  const parts = value.map(flatten)
  const shape = parts[0]?.shape ?? []
  const numbers: number[] = []
  for (const part of parts) {
    if (!part || part.shape.join() !== shape.join()) return undefined
    numbers.push(...part.numbers)
  }
  return { shape: [value.length, ...shape], numbers }
}
