import type { RandomStream } from '@chorale/random'

import { drawExponential } from './variates.js'

/**
 * Standard normal, given that it lies in [a, b] with a < b; either may be infinite.
 *
 * Rejection from the normal itself, from a uniform or from an exponential tail, whichever suits the interval: at least about one proposal in four is
 * accepted, however far out the interval is. Source: Robert (1995), Simulation of truncated normal variables.
 */
export function drawNormalBetween(a: number, b: number, stream: RandomStream): number {
  if (!(a < b)) return a === b ? a : NaN
  if (b < 0 || (b < Infinity && a === -Infinity)) return -drawNormalBetween(-b, -a, stream)
  if (a <= 0) return b - Math.max(a, -3) > 2 ? proposeNormal(a, b, stream) : proposeUniform(a, b, 0, stream)
  const rate = 0.5 * (a + Math.sqrt(a * a + 4))
  // A uniform proposal is better where the density does not fall much across the interval.
  return rate * (b - a) < 2 ? proposeUniform(a, b, a, stream) : proposeTail(a, b, rate, stream)
}

function proposeNormal(a: number, b: number, stream: RandomStream): number {
  for (;;) {
    const x = stream.normal()
    if (x >= a && x <= b) return x
  }
}

/** `mode` is where in the interval the density is largest. */
function proposeUniform(a: number, b: number, mode: number, stream: RandomStream): number {
  for (;;) {
    const x = a + (b - a) * stream.uniform()
    if (Math.log(stream.uniform()) <= 0.5 * (mode - x) * (mode + x)) return x
  }
}

function proposeTail(a: number, b: number, rate: number, stream: RandomStream): number {
  for (;;) {
    const x = a + drawExponential(stream) / rate
    if (x <= b && Math.log(stream.uniform()) <= -0.5 * (x - rate) * (x - rate)) return x
  }
}
