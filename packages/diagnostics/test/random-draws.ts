/** A small seeded generator for simulated draws (mulberry32, polar normals, Marsaglia & Tsang gammas). */
export interface RandomDraws {
  uniform(): number
  normal(): number
  /** Chi-square, df >= 2. */
  chiSquare(df: number): number
}

export function randomDraws(seed: number): RandomDraws {
  let state = seed >>> 0
  let spare = NaN
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296 + 2.3e-10 / 2
  }
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const kept = spare
      spare = NaN
      return kept
    }
    for (;;) {
      const u = 2 * uniform() - 1
      const v = 2 * uniform() - 1
      const s = u * u + v * v
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s)
        spare = v * scale
        return u * scale
      }
    }
  }
  const chiSquare = (df: number): number => {
    const d = df / 2 - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = normal()
      const v = (1 + c * x) * (1 + c * x) * (1 + c * x)
      if (v > 0 && Math.log(uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return 2 * d * v
    }
  }
  return { uniform, normal, chiSquare }
}

/** Chains of an autoregressive process of order one around 0, innovations of variance 1. */
export function autoregressiveChains(seed: number, chains: number, length: number, coefficient: number): Float64Array[] {
  const random = randomDraws(seed)
  return Array.from({ length: chains }, () => {
    let x = random.normal() / Math.sqrt(1 - coefficient * coefficient)
    return Float64Array.from({ length }, () => (x = coefficient * x + random.normal()))
  })
}
