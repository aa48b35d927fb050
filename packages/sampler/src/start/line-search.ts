import { interpolate, type Interval, type LinePoint } from './line-interpolation.js'

/** Sufficient decrease and curvature of the strong Wolfe conditions, as quasi-Newton methods use them. */
const DECREASE = 1e-4
const CURVATURE = 0.9
/** Rounding of a function value, relative to it: differences below say nothing. */
const ROUNDING = 1e-14
const MOST_EVALUATIONS = 40

/** Where a line search ended. */
export interface LineSearch {
  readonly at: LinePoint
  /**
   * `wolfe`: a point that meets the strong Wolfe conditions. `edge`: the function still falls there, but further on it is not finite. `farthest`: it falls as
   * far as was searched. `bottomless`: it is -Infinity. `failed`: nothing better was found; or only a little, as rounding or an odd function do not let it go on.
   */
  readonly end: 'wolfe' | 'edge' | 'farthest' | 'bottomless' | 'failed'
}

/**
 * Searches a step along a direction of descent that meets the strong Wolfe conditions, or the approximate ones where the values no longer differ by more
 * than their rounding. `evaluate` returns Infinity where the function has no value: the search stays on this side.
 *
 * Source: Moré & Thuente (1994), ACM TOMS 20; MINPACK-2 (`dcsrch`). Approximate conditions: Hager & Zhang (2005), SIAM J. Optim. 16.
 */
export async function searchLine(
  evaluate: (step: number) => Promise<{ readonly value: number; readonly slope: number }>,
  from: { readonly value: number; readonly slope: number },
  steps: { readonly first: number; readonly most: number },
): Promise<LineSearch> {
  const start: LinePoint = { step: 0, ...from }
  const decrease = DECREASE * from.slope
  const noise = ROUNDING * Math.abs(from.value)
  let interval: Interval = { best: start, other: start, isBracket: false }
  let most = steps.most
  let isEdge = false
  let isFirstStage = true
  let width = Infinity
  let widthBefore = Infinity
  let step = Math.min(steps.first, most)

  for (let evaluations = 0; evaluations < MOST_EVALUATIONS; evaluations++) {
    const trial: LinePoint = { step, ...(await evaluate(step)) }
    if (trial.value === -Infinity) return { at: trial, end: 'bottomless' }
    if (!(trial.value < Infinity)) {
      step = 0.5 * (interval.best.step + step)
      most = step
      isEdge = true
      continue
    }
    const limit = from.value + step * decrease
    if (trial.value <= limit && Math.abs(trial.slope) <= -CURVATURE * from.slope) return { at: trial, end: 'wolfe' }
    if (trial.value <= from.value + noise && isFlatEnough(trial.slope, from.slope)) return { at: trial, end: 'wolfe' }
    if (step >= most && trial.value <= limit && trial.slope <= decrease) return { at: trial, end: isEdge ? 'edge' : 'farthest' }

    if (isFirstStage && trial.value <= limit && trial.slope >= 0) isFirstStage = false
    const { isBracket } = interval
    const low = isBracket ? Math.min(interval.best.step, interval.other.step) : step + 1.1 * (step - interval.best.step)
    const high = isBracket ? Math.max(interval.best.step, interval.other.step) : step + 4 * (step - interval.best.step)
    const tilt = isFirstStage && trial.value <= interval.best.value && trial.value > limit ? decrease : 0
    const next = interpolate(tilted(interval, -tilt), tiltedPoint(trial, -tilt), Math.max(low, 0), Math.min(high, most))
    interval = tilted(next.interval, tilt)
    step = next.step
    if (interval.isBracket) {
      const { best, other } = interval
      const size = Math.abs(other.step - best.step)
      if (size >= 0.66 * widthBefore) step = best.step + 0.5 * (other.step - best.step)
      widthBefore = width
      width = size
      if (size <= 1e-15 * Math.max(best.step, other.step)) break
    }
    step = Math.min(step, most)
    if (step === interval.best.step) break
  }
  return { at: interval.best, end: 'failed' }
}

const isFlatEnough = (slope: number, slopeAtStart: number): boolean =>
  slope >= CURVATURE * slopeAtStart && slope <= (2 * DECREASE - 1) * slopeAtStart

/** The same points of the function with the line of this slope added. */
const tiltedPoint = (point: LinePoint, slope: number): LinePoint =>
  slope === 0 ? point : { step: point.step, value: point.value + slope * point.step, slope: point.slope + slope }

const tilted = ({ best, other, isBracket }: Interval, slope: number): Interval => ({
  best: tiltedPoint(best, slope),
  other: tiltedPoint(other, slope),
  isBracket,
})
