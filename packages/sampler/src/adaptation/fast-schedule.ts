/** The plan of a fast warm-up: [0, earlyEnd) quick switches, [earlyEnd, finalStart) long windows, [finalStart, warmup) step size only. */
export interface FastSchedule {
  readonly warmup: number
  readonly earlyEnd: number
  readonly finalStart: number
}

/** Draws in the background window before it takes over, early on. */
export const EARLY_WINDOW = 10
/** The same for the first long window; each is longer than the last by the factor. */
export const LONG_WINDOW = 80
export const WINDOW_GROWTH = 1.5
/** Iterations with a fixed metric at the end, unless half of warm-up is shorter. */
export const LEAST_FINAL = 60

/**
 * Early switches take the first 30 % of warm-up; the last 15 %, at least 60 iterations, learn the step size alone.
 *
 * Source: nuts-rs.
 */
export function fastSchedule(warmup: number): FastSchedule {
  const final = Math.min(Math.max(Math.ceil(0.15 * warmup), LEAST_FINAL), Math.ceil(warmup / 2))
  return { warmup, earlyEnd: Math.min(Math.floor(0.3 * warmup), warmup - final), finalStart: warmup - final }
}
