/**
 * The two pieces of Loader's saddle-point expansion, which gives binomial and Poisson probabilities without the cancellation of
 * differences of log-gamma functions.
 *
 * Source: Loader (2000), Fast and accurate computation of binomial probabilities.
 */

/** Error of Stirling's formula, log Gamma(n + 1) - ((n + 1/2) log n - n + log(2 pi)/2), n > 0. */
export function stirlingError(n: number): number {
  let steps = 0
  let m = n
  // The series needs about n >= 15 for full precision; smaller n climb by the recurrence of the gamma function.
  while (m < 15) {
    steps += (m + 0.5) * Math.log1p(1 / m) - 1
    m += 1
  }
  const s = 1 / (m * m)
  return steps + (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - (691 / 360360 - s / 156) * s) * s) * s) * s) * s) / m
}

/** Deviance x log(x/m) + m - x, accurate for x near m. */
export function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x
  const v = (x - m) / (x + m)
  let sum = (x - m) * v
  let term = 2 * x * v
  for (let j = 1; ; j++) {
    term *= v * v
    const next = sum + term / (2 * j + 1)
    if (next === sum) return sum
    sum = next
  }
}
