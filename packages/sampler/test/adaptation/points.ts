import { createStream, prngKey } from '@chorale/random'
import { emptyTransition, type Transition } from '../../src/engine/transition.js'
import type { PhasePoint } from '../../src/engine/phase-point.js'

/** A point of phase space as far as an adaptation looks at it. */
export const pointAt = (position: ArrayLike<number>, gradient: ArrayLike<number> = position, logDensity = 0): PhasePoint =>
  ({ position: Float64Array.from(position), gradient: Float64Array.from(gradient), logDensity }) as PhasePoint

export const transitionOf = (acceptProb: number, diverging = false): Transition => ({ ...emptyTransition(), acceptProb, diverging })

/** Independent draws of a normal of mean 0: `draw` turns standard normals into a position and the gradient of the log density there. */
export function normalPoints(
  count: number,
  seed: number,
  dimension: number,
  draw: (z: Float64Array) => readonly [Float64Array, Float64Array],
): PhasePoint[] {
  const stream = createStream(prngKey(seed))
  return Array.from({ length: count }, () => {
    const [position, gradient] = draw(Float64Array.from({ length: dimension }, () => stream.normal()))
    return pointAt(position, gradient, 0.5 * position.reduce((sum, x, i) => sum + x * gradient[i]!, 0))
  })
}

/** Independent coordinates with these standard deviations. */
export const withScales =
  (sds: ArrayLike<number>) =>
  (z: Float64Array): readonly [Float64Array, Float64Array] => [z.map((x, i) => sds[i]! * x), z.map((x, i) => -x / sds[i]!)]

/** Variance `variance` along each of the orthonormal directions, 1 elsewhere. */
export const withSpikes =
  (directions: readonly { readonly vector: Float64Array; readonly variance: number }[]) =>
  (z: Float64Array): readonly [Float64Array, Float64Array] => {
    const stretched = (factor: (variance: number) => number) => {
      const out = z.slice()
      for (const { vector, variance } of directions) {
        const weight = (factor(variance) - 1) * z.reduce((sum, x, i) => sum + x * vector[i]!, 0)
        vector.forEach((u, i) => (out[i]! += weight * u))
      }
      return out
    }
    return [stretched(Math.sqrt), stretched(v => 1 / Math.sqrt(v)).map(x => -x)]
  }
