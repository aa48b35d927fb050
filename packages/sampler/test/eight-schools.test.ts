import { expect, it } from 'vitest'
import { runChains } from './chains.js'
import { eightSchools, eightSchoolsGivenTau } from './densities.js'
import { zScore } from './monte-carlo.js'

/** E f(tau) under p(tau | y) by the trapezium rule in log tau. */
function posteriorMean(f: (tau: number) => number): number {
  let numerator = 0
  let denominator = 0
  for (let u = -25; u < 9; u += 0.001) {
    const tau = Math.exp(u)
    const density = Math.exp(eightSchoolsGivenTau(tau).logDensity + u)
    numerator += f(tau) * density
    denominator += density
  }
  return numerator / denominator
}

it('eight schools, non-centred, agree with quadrature over tau', async () => {
  const chains = await runChains(10, eightSchools, { chains: 8, warmup: 1000, draws: 1000, seed: 7, targetAcceptProb: 0.9 })
  const scores = [
    zScore(
      chains,
      x => x[0]!,
      posteriorMean(tau => eightSchoolsGivenTau(tau).meanMu),
    ),
    zScore(
      chains,
      x => x[0]! * x[0]!,
      posteriorMean(tau => {
        const { meanMu, varianceMu } = eightSchoolsGivenTau(tau)
        return varianceMu + meanMu * meanMu
      }),
    ),
    zScore(
      chains,
      x => x[1]!,
      posteriorMean(tau => Math.log(tau)),
    ),
    ...[1, 3, 10].map(limit =>
      zScore(
        chains,
        x => Number(Math.exp(x[1]!) < limit),
        posteriorMean(tau => Number(tau < limit)),
      ),
    ),
  ]
  expect(Math.max(...scores.map(Math.abs))).toBeLessThan(4)
})
