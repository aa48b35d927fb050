/** The columns of a table of results, for the terminal and for the page. */
import { spread } from '../gradient/report.mjs'

const figure = value => (Number.isInteger(value) || value >= 1000 ? value.toFixed(0) : value.toPrecision(3))

/** `12.3 (11.9 to 12.8)`; the median alone where there is one seed. */
function median(seeds, name) {
  const values = seeds.map(seed => seed[name]).filter(Number.isFinite)
  if (values.length === 0) return '-'
  const { median: middle, lower, upper } = spread(values)
  return lower === upper ? figure(middle) : `${figure(middle)} (${figure(lower)} to ${figure(upper)})`
}

export const columns = [
  ['side', ({ title }) => title],
  ['seeds', ({ seeds }) => String(seeds.length)],
  ['min ESS', ({ seeds }) => median(seeds, 'ess')],
  ['ESS/s with warm-up', ({ seeds }) => median(seeds, 'essPerSecondWithWarmUp')],
  ['ESS/s', ({ seeds }) => median(seeds, 'essPerSecond')],
  ['us/leapfrog', ({ seeds }) => median(seeds, 'microsecondsPerLeapfrog')],
  ['ESS/1000 gradients', ({ seeds }) => median(seeds, 'essPer1000Gradients')],
  ['gradients/draw', ({ seeds }) => median(seeds, 'gradientsPerDraw')],
  ['warm-up', ({ seeds }) => median(seeds, 'warmUpIterations')],
  ['warm-up gradients', ({ seeds }) => median(seeds, 'warmUpGradients')],
  ['compile s', ({ seeds }) => median(seeds, 'compileSeconds')],
  ['rms z', ({ agreement }) => (agreement ? `${agreement.rms.toFixed(2)}${agreement.agrees ? '' : ' differs'}` : '-')],
]

/** Lines of cells, the titles first. Sides that differ from the reference keep their agreement only: there is nothing to compare. */
export function tableOf({ sides }) {
  const cells = side =>
    columns.map(([title, cell]) => (side.agreement?.agrees === false && !['side', 'seeds', 'rms z'].includes(title) ? '-' : cell(side)))
  const present = Object.values(sides).filter(side => side.seeds.length > 0)
  return [columns.map(([title]) => title), ...present.map(cells)]
}

/** Why sides are not in the table: `[title, reason]`. */
export const absentFrom = ({ sides }) =>
  Object.values(sides)
    .filter(side => side.seeds.length === 0)
    .map(({ title, missing }) => [title, missing])
