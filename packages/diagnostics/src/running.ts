/** Mean and variance of values that are seen one at a time. */
export interface RunningMoments {
  add(value: number): void
  readonly count: number
  /** NaN before the first value, and after one that is not finite. */
  readonly mean: number
  /** Divided by n - 1; NaN for fewer than two values. */
  readonly variance: number
}

/** Moments of no values so far. Source: Welford (1962), Technometrics 4(3), Note on a method for calculating corrected sums of squares and products. */
export function runningMoments(): RunningMoments {
  let count = 0
  let center = 0
  let squares = 0
  return {
    add(value) {
      count++
      const before = value - center
      center += before / count
      squares += before * (value - center)
    },
    get count() {
      return count
    },
    get mean() {
      return count === 0 ? NaN : center
    },
    get variance() {
      return count < 2 ? NaN : squares / (count - 1)
    },
  }
}

/** E-BFMI of a chain whose energies are seen one at a time, in order. */
export interface RunningEbfmi {
  add(energy: number): void
  /** As `ebfmi` of the energies so far, up to rounding. */
  readonly value: number
}

/** The running form of `ebfmi`: nothing but sums is kept. */
export function runningEbfmi(): RunningEbfmi {
  const energies = runningMoments()
  let last = NaN
  let steps = 0
  return {
    add(energy) {
      if (energies.count > 0) steps += (energy - last) * (energy - last)
      last = energy
      energies.add(energy)
    },
    get value() {
      const spread = energies.variance
      return spread > 0 ? steps / (energies.count - 1) / spread : NaN
    },
  }
}
