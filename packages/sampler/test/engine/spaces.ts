import { KernelSpace } from '../../src/engine/kernel-space.js'
import type { PhasePoint } from '../../src/engine/phase-point.js'
import type { PhaseSpace } from '../../src/engine/phase-space.js'
import { PlainSpace } from '../../src/engine/plain-space.js'
import type { Metric } from '../../src/metric/metric.js'

/** Both ways to do the vector work, for any dimension. */
export const SPACES: readonly (readonly [string, (dimension: number) => PhaseSpace])[] = [
  ['loops', dimension => new PlainSpace({ dimension, logDensityInto: () => 0, allocate: length => new Float64Array(length) })],
  ['kernels', dimension => new KernelSpace(dimension)],
]

export function spaceWith(create: (dimension: number) => PhaseSpace, dimension: number, metric: Metric): PhaseSpace {
  const space = create(dimension)
  space.useMetric(metric)
  return space
}

/** A point of the space with the vectors that a kick or a drift reads. */
export function placePoint(
  space: PhaseSpace,
  vectors: Partial<Record<'position' | 'momentum' | 'velocity' | 'gradient' | 'acceleration', Float64Array>>,
): PhasePoint {
  const point = space.createPoint()
  for (const name of ['position', 'momentum', 'velocity', 'gradient', 'acceleration'] as const) {
    const vector = vectors[name]
    if (vector) point[name].set(vector)
  }
  return point
}
