/**
 * Who is compared. `only` names the posteriors that a side is for, `benchmarkOnly` leaves those of posteriordb out. `slowOn` are posteriors where a seed takes
 * minutes: those need `--all`. `primary` sides, which the marks compare, have three times the budget.
 */
import { createChoraleSide } from './sides/chorale.mjs'
import { createPythonSide } from './sides/python.mjs'
import { createStanSide } from './sides/stan.mjs'

export const sides = [
  { ...createChoraleSide('chorale', { title: 'Chorale' }), primary: true },
  {
    ...createChoraleSide('chorale-stan', { title: 'Chorale, windows of Stan 1000', warmup: 1000, options: { adaptation: 'stan' } }),
    benchmarkOnly: true,
  },
  { ...createChoraleSide('chorale-diagonal', { title: 'Chorale, diagonal metric', options: { metric: 'diagonal' } }), only: ['M4'] },
  {
    ...createChoraleSide('chorale-low-rank', { title: 'Chorale, low-rank metric', options: { metric: 'low-rank' } }),
    only: ['M4'],
    primary: true,
  },
  { ...createChoraleSide('chorale-dense', { title: 'Chorale, dense metric', options: { metric: 'dense' } }), only: ['M4'] },
  { ...createStanSide('stan', { title: 'Stan 1000 + 1000', warmup: 1000 }), primary: true },
  { ...createStanSide('stan-300', { title: 'Stan 300 + 1000', warmup: 300 }), slowOn: ['M3'] },
  { ...createStanSide('stan-dense', { title: 'Stan 1000 + 1000, dense_e', warmup: 1000, metric: 'dense_e' }), only: ['M4'] },
  { ...createStanSide('stan-thin', { title: 'Stan 1000 + 1000, thin = 500', warmup: 1000, thin: 500 }), only: ['M1'] },
  {
    ...createStanSide('stan-plain', { title: 'Stan 1000 + 1000, plain -O3', warmup: 1000, build: 'plain' }),
    only: ['M1', 'M2', 'M3', 'M4', 'M5'],
    slowOn: ['M3'],
  },
  { ...createPythonSide('numpyro', { title: 'NumPyro', packages: ['numpyro', 'jax'] }), benchmarkOnly: true, slowOn: ['M3', 'M6'] },
  { ...createPythonSide('nutpie', { title: 'nutpie', packages: ['nutpie', 'pymc', 'numba'] }), benchmarkOnly: true, slowOn: ['M3', 'M6'] },
  {
    ...createPythonSide('nutpie-low-rank', { title: 'nutpie, low-rank metric', packages: ['nutpie', 'pymc', 'numba'] }),
    only: ['M4'],
  },
  { ...createPythonSide('blackjax', { title: 'BlackJAX', packages: ['blackjax', 'jax'] }), benchmarkOnly: true, slowOn: ['M3', 'M6'] },
]

/** Whether a side is meant for a posterior. */
export const isMeantFor = (side, posterior) =>
  (side.only?.includes(posterior.name) ?? true) && (posterior.family === 'benchmark' || !side.benchmarkOnly)
