import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** Draws and diagnostics computed by the R packages posterior 1.7.1 and loo 2.5.1; a missing value (NA) is null. */
export const golden = JSON.parse(readFileSync(new URL('./golden/diagnostics.json', import.meta.url), 'utf8'))

export const arrays: readonly { name: string; chains: Float64Array[]; stats: Record<string, unknown> }[] = golden.arrays.map(
  (array: { name: string; draws: number[][]; stats: Record<string, unknown> }) => ({
    name: array.name,
    chains: array.draws.map(draws => Float64Array.from(draws)),
    stats: array.stats,
  }),
)

/** Equal to within a relative tolerance, element by element and key by key; null is NaN. */
export function expectAgreement(actual: unknown, expected: unknown, tolerance = 1e-9, label = ''): void {
  if (expected === null) expect(actual, label).toBeNaN()
  else if (typeof expected === 'number') {
    expect(typeof actual, label).toBe('number')
    expect(Math.abs((actual as number) - expected), `${label}: ${actual} against ${expected}`).toBeLessThanOrEqual(
      tolerance * Math.abs(expected) + 1e-14,
    )
  } else {
    for (const [key, value] of Object.entries(expected as object)) {
      expectAgreement((actual as Record<string, unknown>)[key], value, tolerance, `${label}.${key}`)
    }
  }
}
