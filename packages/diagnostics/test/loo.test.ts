import { describe, expect, it } from 'vitest'
import { essBasic, psisLoo, waic } from '../src/index.js'
import { expectAgreement, golden } from './golden.js'

const reference = golden.psis_loo
const logLikelihood: Float64Array[] = reference.log_lik_by_obs.map((draws: number[]) => Float64Array.from(draws))

describe('leave-one-out cross-validation equals that of the loo package', () => {
  const estimate = psisLoo(logLikelihood, { relativeEfficiency: reference.r_eff })

  it('in total and for every observation', () => {
    expectAgreement(estimate.elpd, reference.elpd_loo)
    expectAgreement(-2 * estimate.elpd, reference.looic)
    expectAgreement(estimate.se, reference.se)
    expectAgreement(estimate.effectiveParameters, reference.p_loo)
    expectAgreement(estimate.pointwise.elpd, reference.pointwise_elpd)
    expectAgreement(estimate.pointwise.paretoK, reference.pareto_k)
    expectAgreement(estimate.pointwise.ess, reference.n_eff)
  })

  it('in Monte Carlo error, within the error of the 1,000 random numbers that loo 2.5.1 estimates it with', () => {
    const relativeError = 1 / Math.sqrt(2 * 1000)
    expectAgreement(estimate.pointwise.mcse, reference.mcse_elpd, 4 * relativeError)
  })

  it('when draws are taken as independent', () => {
    const independent = psisLoo(logLikelihood)
    expectAgreement(independent.elpd, reference.reff1.elpd_loo)
    expectAgreement(independent.pointwise.paretoK, reference.reff1.pareto_k)
  })

  it('in the relative efficiencies, which loo 2.5.1 takes from unsplit chains', () => {
    const efficiencies = logLikelihood.map(draws => {
      const likelihood = draws.map(Math.exp)
      const chains = [0, 1, 2, 3].map(c => likelihood.subarray(c * reference.iter, (c + 1) * reference.iter))
      return essBasic(chains) / reference.S
    })
    expectAgreement(efficiencies, reference.r_eff)
  })

  it('in the widely applicable information criterion', () => {
    const { elpd, effectiveParameters } = waic(logLikelihood)
    expectAgreement(elpd, reference.waic.elpd)
    expectAgreement(effectiveParameters, reference.waic.p)
  })
})

it('every number of the reference section is compared, or an input', () => {
  const inputs = ['S', 'chains', 'iter', 'log_lik_by_obs', 'order']
  const compared = ['elpd_loo', 'looic', 'mcse_elpd', 'n_eff', 'p_loo', 'pareto_k', 'pointwise_elpd', 'r_eff', 'reff1', 'se', 'waic']
  expect(Object.keys(reference).sort()).toEqual([...inputs, ...compared].sort())
})

it('refuses observations that do not fit together', () => {
  expect(() => psisLoo([])).toThrow(/No observations/)
  expect(() => waic([])).toThrow(/No observations/)
  expect(() => psisLoo([new Float64Array(30), new Float64Array(31)])).toThrow('Observation 0 has 30 draws, observation 1 has 31.')
  expect(() => psisLoo(logLikelihood, { relativeEfficiency: [1] })).toThrow(/1 relative efficiencies/)
})
