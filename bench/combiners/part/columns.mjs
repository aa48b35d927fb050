/** The table of the published problem: our rows in the published measures, then the published rows. */
import { figure, rangeOf } from '../columns.mjs'
import { published } from './published.mjs'

const head = ['combiner', 'RMSE', 'KL(p, c)', 'KL(c, p)', 'r', 'mean off by, sd', 'covariance ratio', 'seconds', 'densities', 'says']

const ourLine = ({ title, run }) => [
  run.chosen ? `${title}: ${run.chosen}` : title,
  ...['rmse', 'klForward', 'klBackward', 'concentration', 'mah'].map(name => figure(run[name])),
  rangeOf(run.smallest, run.largest),
  figure(run.seconds),
  figure(run.evaluations ?? NaN),
  run.claim === 'approximate' ? `approximate (${figure(run.claimed)} sd)` : run.claim,
]

export const partTable = ({ rows }) => [head, ...rows.filter(({ run }) => !run.refused).map(ourLine)]

export const publishedTable = () => [
  ['published', ...head.slice(1, 5)],
  ...published.map(({ title, ...figures }) => [
    title,
    ...['rmse', 'klForward', 'klBackward', 'concentration'].map(name => figure(figures[name])),
  ]),
]
