/** The columns of a table of results, for the terminal and for the page. */
import { spread } from '../gradient/report.mjs'

/** Two or three digits: `0.34`, `12.1`, `5.4e+4`; next to nothing is `<.001`. */
export function figure(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '-' : 'infinite'
  if (Math.abs(value) < 1e-3) return value === 0 ? '0' : '<.001'
  if (value >= 1e5) return value.toExponential(1)
  return Number(value.toPrecision(value < 1 ? 2 : 3)).toString()
}

const median = (runs, name) => {
  const values = runs.map(run => run[name]).filter(value => value !== undefined && !Number.isNaN(value))
  return values.length === 0 ? NaN : spread(values).median
}

const largest = (runs, name) => runs.reduce((value, run) => Math.max(value, run[name] ?? NaN), -Infinity)

/** `exact`; of several answers each with how often it was given. */
function says(runs) {
  const counts = new Map()
  for (const { claim } of runs) counts.set(claim, (counts.get(claim) ?? 0) + 1)
  const sd = figure(median(runs, 'claimed'))
  const text = claim => (claim === 'approximate' ? `approximate (${sd} sd)` : claim)
  return [...counts].map(([claim, count]) => (counts.size === 1 ? text(claim) : `${text(claim)} ${count}x`)).join(', ')
}

/** `0.9 to 1.2`, or one figure. */
export const rangeOf = (low, high) => (figure(low) === figure(high) ? figure(low) : `${figure(low)} to ${figure(high)}`)

const chosen = runs => [...new Set(runs.map(run => run.chosen).filter(Boolean))].join(', ')

export const columns = [
  ['combiner', ({ title, runs }) => (chosen(runs) ? `${title}: ${chosen(runs)}` : title)],
  [
    'mean off by, sd',
    ({ runs }) => (runs.length === 1 ? figure(median(runs, 'mah')) : `${figure(median(runs, 'mah'))} (${figure(largest(runs, 'mah'))})`),
  ],
  ['covariance ratio', ({ runs }) => rangeOf(median(runs, 'smallest'), median(runs, 'largest'))],
  ['KL(p, c)', ({ runs }) => figure(median(runs, 'klForward'))],
  ['KL(c, p)', ({ runs }) => figure(median(runs, 'klBackward'))],
  ['masses off by', ({ runs }) => figure(median(runs, 'massError'))],
  ['seconds', ({ runs }) => figure(median(runs, 'seconds'))],
  ['densities', ({ runs }) => figure(median(runs, 'evaluations'))],
  ['says', ({ runs }) => says(runs)],
]

const ran = ({ runs }) => runs.filter(({ refused }) => refused === undefined)

/** Lines of cells, the titles first; a column that no row fills is left out. */
export function tableOf({ rows }) {
  const filled = rows.map(row => ({ title: row.title, runs: ran(row) })).filter(({ runs }) => runs.length > 0)
  const lines = [columns.map(([title]) => title), ...filled.map(row => columns.map(([, cell]) => cell(row)))]
  const kept = columns.map((_, k) => k).filter(k => lines.slice(1).some(line => line[k] !== '-'))
  return lines.map(line => kept.map(k => line[k]))
}

/** Why combiners are not in the table: `[code, titles]`. */
export function refusalsOf({ rows }) {
  const byCode = new Map()
  for (const row of rows.filter(one => ran(one).length === 0)) {
    const reason = row.runs[0]?.refused ?? 'not run, as it takes inflated sub-posteriors'
    byCode.set(reason, [...(byCode.get(reason) ?? []), row.title])
  }
  return [...byCode]
}

/** Errors of the mean of all combiners on all problems. */
export function overviewOf(results) {
  const names = Object.keys(results)
  const titles = [...new Set(names.flatMap(name => results[name].rows.map(({ title }) => title)))]
  const cell = (name, title) => {
    const row = results[name].rows.find(one => one.title === title)
    return row === undefined || ran(row).length === 0 ? '-' : figure(median(ran(row), 'mah'))
  }
  return [['combiner', ...names], ...titles.map(title => [title, ...names.map(name => cell(name, title))])]
}
