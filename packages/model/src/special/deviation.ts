/**
 * d - m log(total/m), where total = m + d: half the deviance of a Poisson or gamma observation against m, which is what is left of a
 * probability's exponent once the large terms have cancelled. The caller gives d and total, each as accurately as it can.
 *
 * Source: Loader (2000), Fast and accurate computation of binomial probabilities.
 */
export function deviation(m: number, d: number, total: number): number {
  const r = d / m
  if (r < -0.4 || r > 0.6) return d - m * logGrowth(m, d, total)
  const v = d / (2 * m + d)
  const s = v * v
  let term = -2 * m * v
  let sum = d * v
  for (let j = 3; j < 200; j += 2) {
    term *= s
    const next = sum + term / j
    if (next === sum) break
    sum = next
  }
  return sum
}

/** log(total/m) where total = m + d. */
export function logGrowth(m: number, d: number, total: number): number {
  const r = d / m
  return r < -0.5 || r > 1 ? Math.log(total / m) : Math.log1p(r)
}
