import { expect, it } from 'vitest'
import { ebfmi } from '../src/index.js'
import { expectAgreement, golden } from './golden.js'

const energies: Float64Array[] = golden.ebfmi.energy.map((energy: number[]) => Float64Array.from(energy))

it('equals the three published conventions, the other two after their factor in n', () => {
  const ours = energies.map(ebfmi)
  const n = energies[0].length
  expectAgreement(ours, golden.ebfmi.arvizstats1_mean_diff_over_var_ddof1)
  expectAgreement(
    ours.map(value => (value * (n - 1)) / n),
    golden.ebfmi.rstan_sum_diff2_over_n_over_var_ddof1,
  )
  expectAgreement(
    ours.map(value => (value * n) / (n - 1)),
    golden.ebfmi.arviz0_mean_diff_over_var_ddof0,
  )
  expect(Object.keys(golden.ebfmi)).toHaveLength(4)
})

it('is NaN for energies that are constant, not finite or too few', () => {
  for (const energy of [[], [1], [2, 2, 2], [1, NaN, 3], [1, Infinity, 3]]) expect(ebfmi(Float64Array.from(energy))).toBeNaN()
})
