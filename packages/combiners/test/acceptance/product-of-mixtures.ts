import type { MixtureComponent } from './targets.js'

/**
 * Moments of the product of mixtures of isotropic Gaussians, by going through all combinations of one component of each: keep their number
 * below a million.
 */
export function productOfMixtures(mixtures: readonly (readonly MixtureComponent[])[]): { mean: number[]; covariance: number[] } {
  const dimension = mixtures[0][0].mean.length
  let terms = [{ log: 0, precision: 0, shift: Array.from({ length: dimension }, () => 0), square: 0 }]
  for (const mixture of mixtures) {
    terms = terms.flatMap(term =>
      mixture.map(({ weight, mean, sd }) => {
        const precision = 1 / (sd * sd)
        return {
          log: term.log + Math.log(weight) - dimension * Math.log(sd),
          precision: term.precision + precision,
          shift: term.shift.map((value, j) => value + precision * mean[j]),
          square: term.square + precision * mean.reduce((sum, m) => sum + m * m, 0),
        }
      }),
    )
  }
  const products = terms.map(({ log, precision, shift, square }) => {
    const length = shift.reduce((sum, value) => sum + value * value, 0)
    return {
      log: log - 0.5 * dimension * Math.log(precision) + 0.5 * (length / precision - square),
      centre: shift.map(value => value / precision),
      variance: 1 / precision,
    }
  })
  const largest = Math.max(...products.map(({ log }) => log))
  const total = products.reduce((sum, { log }) => sum + Math.exp(log - largest), 0)
  const shares = products.map(({ log }) => Math.exp(log - largest) / total)
  const mean = Array.from({ length: dimension }, (_, j) => products.reduce((sum, { centre }, k) => sum + shares[k] * centre[j], 0))
  const covariance = mean.flatMap((a, i) =>
    mean.map((b, j) =>
      products.reduce(
        (sum, { centre, variance }, k) => sum + shares[k] * ((centre[i] - a) * (centre[j] - b) + (i === j ? variance : 0)),
        0,
      ),
    ),
  )
  return { mean, covariance }
}
