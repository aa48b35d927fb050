/** What is asked of Chorale beside its peers: ratios of medians, with what they must be. For information: nothing fails by them. */
import { spread } from '../gradient/report.mjs'

/** `at most` for costs, `at least` for what one gets for them. */
const marks = [
  ...[
    ['M1', 0.5],
    ['M2', 0.45],
    ['M3', 0.45],
    ['M4', 0.5],
    ['M5', 0.45],
  ].map(([posterior, limit]) => ({ posterior, figure: 'microsecondsPerLeapfrog', side: 'chorale', against: 'stan', atMost: limit })),
  ...['M2', 'M3'].map(posterior => ({ posterior, figure: 'microsecondsPerLeapfrog', side: 'chorale', against: 'stan-plain', atMost: 0.3 })),
  ...[
    ['M1', 1.7],
    ['M2', 3],
    ['M3', 4],
    ['M4', 3],
    ['M5', 5],
  ].map(([posterior, limit]) => ({ posterior, figure: 'essPerSecondWithWarmUp', side: 'chorale', against: 'stan', atLeast: limit })),
  { posterior: 'M4', figure: 'essPer1000Gradients', side: 'chorale-low-rank', against: 'stan', atLeast: 10 },
  { posterior: 'M4', figure: 'essPerSecondWithWarmUp', side: 'chorale-low-rank', against: 'stan', atLeast: 6 },
  ...[
    ['M1', 5],
    ['M2', 2],
    ['M3', 2],
    ['M5', 5],
  ].map(([posterior, limit]) => ({ posterior, figure: 'essPerSecondWithWarmUp', side: 'chorale', against: 'numpyro', atLeast: limit })),
]

const medianOf = (result, side, figure) => {
  const rows = result?.sides[side]
  const values = rows?.seeds.map(seed => seed[figure])
  return values?.length && values.every(Number.isFinite) && rows.agreement?.agrees !== false ? spread(values).median : undefined
}

/** Every mark with its ratio and whether it is met; both are undefined where a side was not run, keeps no draws, or does not agree. */
export function judgeMarks(results) {
  return marks.map(mark => {
    const ratio = medianOf(results[mark.posterior], mark.side, mark.figure) / medianOf(results[mark.posterior], mark.against, mark.figure)
    if (!Number.isFinite(ratio)) return mark
    return { ...mark, ratio, met: mark.atMost === undefined ? ratio >= mark.atLeast : ratio <= mark.atMost }
  })
}

const figures = {
  microsecondsPerLeapfrog: 'time per leapfrog step',
  essPerSecondWithWarmUp: 'ESS per second, warm-up included',
  essPer1000Gradients: 'ESS per gradient of sampling',
}

export const markTitle = ({ posterior, figure, side, against }) => `${posterior}: ${figures[figure]}, ${side} / ${against}`
export const markLimit = ({ atMost, atLeast }) => (atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`)
