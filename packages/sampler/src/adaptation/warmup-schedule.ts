/** The warm-up of one chain: [0, slowStart) step size, [slowStart, slowEnd) step size and metric, [slowEnd, warmup) step size. */
export interface WarmupSchedule {
  readonly warmup: number
  readonly slowStart: number
  readonly slowEnd: number
  /** Iterations after which the metric of a window is put to use, ascending; the last is slowEnd - 1. */
  readonly windowEnds: readonly number[]
}

const INITIAL = 75
const TERMINAL = 50
const BASE = 25

/**
 * Stan's windows: 75 iterations, windows of 25, 50, 100, ... of which the last takes what would be too short for another, 50 iterations. A warm-up
 * too short for that is divided 15 : 75 : 10; below 20 iterations no metric is learnt.
 *
 * Source: Stan reference manual, "HMC algorithm parameters"; `windowed_adaptation.hpp`.
 */
export function warmupSchedule(warmup: number): WarmupSchedule {
  if (warmup < 20) return { warmup, slowStart: warmup, slowEnd: warmup, windowEnds: [] }
  const isShort = INITIAL + BASE + TERMINAL > warmup
  const slowStart = isShort ? Math.floor(0.15 * warmup) : INITIAL
  const slowEnd = warmup - (isShort ? Math.floor(0.1 * warmup) : TERMINAL)

  const windowEnds: number[] = []
  let window = isShort ? slowEnd - slowStart : BASE
  let end = slowStart + window - 1
  while (end < slowEnd - 1) {
    windowEnds.push(end)
    window *= 2
    const next = end + window
    end = next + 2 * window >= slowEnd ? slowEnd - 1 : next
  }
  return { warmup, slowStart, slowEnd, windowEnds: [...windowEnds, slowEnd - 1] }
}
