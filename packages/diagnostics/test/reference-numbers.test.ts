import { describe, expect, it } from 'vitest'
import { pool } from '../src/chains.js'
import {
  convergence,
  autocovariance,
  basicRhat,
  type Chains,
  essBasic,
  essBulk,
  essMean,
  essMedian,
  essQuantile,
  essSd,
  essTail,
  foldDraws,
  mcseMean,
  mcseQuantile,
  mcseSd,
  nestedRhat,
  paretoKhat,
  quantile,
  rankNormalize,
  rhat,
  splitChains,
  splitRhat,
  summarize,
} from '../src/index.js'
import { arrays, expectAgreement, golden } from './golden.js'

const PROBABILITIES = ['0.05', '0.5', '0.95']
const atEach = (statistic: (p: number) => number) => Object.fromEntries(PROBABILITIES.map(p => [p, statistic(Number(p))]))

/** How each number of the posterior package is computed here. */
const compared: Record<string, (chains: Chains, stats: Record<string, unknown>) => unknown> = {
  rhat,
  rhat_basic_split: splitRhat,
  rhat_basic_nosplit: basicRhat,
  rhat_nested: (chains, stats) => (stats.superchain_ids ? nestedRhat(chains, stats.superchain_ids as number[]) : NaN),
  ess_basic_split: essMean,
  ess_basic_nosplit: essBasic,
  ess_bulk: essBulk,
  ess_tail: essTail,
  ess_mean: essMean,
  ess_sd: essSd,
  ess_median: essMedian,
  ess_quantile: chains => atEach(p => essQuantile(chains, p)),
  mcse_mean: mcseMean,
  mcse_sd: mcseSd,
  mcse_median: chains => mcseQuantile(chains, 0.5),
  mcse_quantile: chains => atEach(p => mcseQuantile(chains, p)),
  pareto_khat: paretoKhat,
  mean: chains => summarize(chains).mean,
  sd: chains => summarize(chains).sd,
  median: chains => summarize(chains).q50,
  quantile7: chains => atEach(p => quantile(pool(chains), p)),
  autocovariance_chain1: chains => autocovariance(chains[0]).slice(0, 11),
  autocorrelation_chain1: chains => {
    const covariance = autocovariance(chains[0])
    return covariance.slice(0, 11).map(value => value / covariance[0])
  },
  z_scale_head: chains => rankNormalize(chains)[0].slice(0, 8),
  fold_draws_head: chains => foldDraws(chains)[0].slice(0, 8),
  split_chains_dim: chains => [splitChains(chains)[0].length, splitChains(chains).length],
}
const looser: Record<string, number> = { mcse_median: 1e-7, mcse_quantile: 1e-7 }
const notOurs = { mad: 'no summary reports it', superchain_ids: 'the input of rhat_nested' }

describe('diagnostics equal those of the posterior package', () => {
  it('for every statistic it reports, none forgotten', () => {
    const reported = new Set(arrays.flatMap(array => Object.keys(array.stats)))
    expect([...reported].sort()).toEqual([...Object.keys(compared), ...Object.keys(notOurs)].sort())
  })

  it('on every section of the reference file', () => {
    // ebfmi.test.ts, loo.test.ts, psis.test.ts and generalized-pareto.test.ts compare the other sections.
    expect(Object.keys(golden).sort()).toEqual(['arrays', 'ebfmi', 'gpdfit', 'meta', 'psis_loo', 'psis_single'])
  })

  describe.each(arrays)('$name', ({ chains, stats }) => {
    it.each(Object.keys(stats).filter(name => name in compared))('%s', name => {
      expectAgreement(compared[name](chains, stats), stats[name], looser[name] ?? 1e-9, name)
    })

    it('summary', () => {
      const quantiles = stats.quantile7 as Record<string, number>
      expectAgreement(summarize(chains), {
        mean: stats.mean,
        sd: stats.sd,
        mcseMean: stats.mcse_mean,
        mcseSd: stats.mcse_sd,
        q5: quantiles['0.05'],
        q50: quantiles['0.5'],
        q95: quantiles['0.95'],
        essBulk: stats.ess_bulk,
        essTail: stats.ess_tail,
        rhat: stats.rhat,
      })
      expectAgreement(convergence(chains), { essBulk: stats.ess_bulk, essTail: stats.ess_tail, rhat: stats.rhat })
    })
  })
})
