/** A step along a line, with the function's value and derivative there. */
export interface LinePoint {
  readonly step: number
  readonly value: number
  readonly slope: number
}

/** The best step so far, and the other end of the interval that holds a minimiser once there is one. */
export interface Interval {
  readonly best: LinePoint
  readonly other: LinePoint
  /** The interval between the two holds a minimiser. */
  readonly isBracket: boolean
}

/**
 * Takes a trial step into the interval and chooses the next one by cubic and quadratic interpolation, inside [low, high].
 *
 * Source: Moré & Thuente (1994), section 4; MINPACK-2 (`dcstep`).
 */
export function interpolate(interval: Interval, trial: LinePoint, low: number, high: number): { interval: Interval; step: number } {
  const { best, other, isBracket } = interval
  const clamp = (step: number) => Math.min(Math.max(step, low), high)
  const turns = trial.slope * Math.sign(best.slope) < 0
  if (trial.value > best.value) {
    const cubic = cubicStep(best, trial)
    const quadratic =
      best.step + 0.5 * (best.slope / ((best.value - trial.value) / (trial.step - best.step) + best.slope)) * (trial.step - best.step)
    const step = Math.abs(cubic - best.step) < Math.abs(quadratic - best.step) ? cubic : cubic + 0.5 * (quadratic - cubic)
    return { interval: { best, other: trial, isBracket: true }, step }
  }
  if (turns) {
    const step = farther(trial.step, cubicStep(trial, best), secantStep(trial, best))
    return { interval: { best: trial, other: best, isBracket: true }, step }
  }
  const onwards = { best: trial, other, isBracket }
  const end = trial.step > best.step ? high : low
  if (Math.abs(trial.slope) < Math.abs(best.slope)) {
    const cubic = cubicStep(trial, best)
    const goesOn = Number.isFinite(cubic) && (cubic - trial.step) * (trial.step - best.step) > 0
    const extrapolated = goesOn ? cubic : end
    const secant = secantStep(trial, best)
    if (!isBracket) return { interval: onwards, step: clamp(farther(trial.step, extrapolated, secant)) }
    const near = nearer(trial.step, extrapolated, secant)
    const guard = trial.step + 0.66 * (other.step - trial.step)
    return { interval: onwards, step: trial.step > best.step ? Math.min(guard, near) : Math.max(guard, near) }
  }
  return { interval: onwards, step: isBracket ? cubicStep(trial, other) : end }
}

const nearer = (to: number, a: number, b: number): number => (Math.abs(a - to) < Math.abs(b - to) ? a : b)
const farther = (from: number, a: number, b: number): number => (Math.abs(a - from) > Math.abs(b - from) ? a : b)

/** The minimiser of the quadratic with the slopes of both points. */
const secantStep = (a: LinePoint, b: LinePoint): number => a.step + (a.slope / (a.slope - b.slope)) * (b.step - a.step)

/** The minimiser of the cubic with the values and slopes of both points. */
function cubicStep(a: LinePoint, b: LinePoint): number {
  const theta = (3 * (a.value - b.value)) / (b.step - a.step) + a.slope + b.slope
  const scale = Math.max(Math.abs(theta), Math.abs(a.slope), Math.abs(b.slope))
  const square = (theta / scale) * (theta / scale) - (a.slope / scale) * (b.slope / scale)
  const root = scale * Math.sqrt(Math.max(0, square)) * (b.step < a.step ? -1 : 1)
  return a.step + ((root - a.slope + theta) / (root - a.slope + root + b.slope)) * (b.step - a.step)
}
