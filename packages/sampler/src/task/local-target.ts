import type { BoundModel, ParameterInfo, Powers } from '@chorale/core/contracts'
import { modelTarget, type Target } from '../engine/target.js'

/** The density of a shard's local parameters given its global ones: the joint density with the global coordinates held fixed. */
export interface LocalTarget extends Target {
  /** Coordinates of the model's position that are global, and those that are local, ascending. */
  readonly globalCoordinates: readonly number[]
  readonly localCoordinates: readonly number[]
  /** Fixes the global coordinates. */
  fixGlobals(values: Float64Array): void
}

const coordinatesOf = (parameters: readonly ParameterInfo[], scope: ParameterInfo['scope']): number[] =>
  parameters
    .filter(p => p.scope === scope)
    .sort((a, b) => a.offset - b.offset)
    .flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i))

/** Position and gradient of a local target hold the local coordinates only. */
export function localTarget(bound: BoundModel, powers: Powers): LocalTarget {
  const joint = modelTarget(bound, powers)
  const globalCoordinates = coordinatesOf(bound.parameters, 'global')
  const localCoordinates = coordinatesOf(bound.parameters, 'local')
  const jointPosition = joint.allocate(joint.dimension)
  const jointGradient = joint.allocate(joint.dimension)
  return {
    dimension: localCoordinates.length,
    globalCoordinates,
    localCoordinates,
    allocate: length => new Float64Array(length),
    fixGlobals(values) {
      globalCoordinates.forEach((coordinate, i) => (jointPosition[coordinate] = values[i]))
    },
    logDensityInto(gradient, position) {
      for (let i = 0; i < localCoordinates.length; i++) jointPosition[localCoordinates[i]] = position[i]
      const logDensity = joint.logDensityInto(jointGradient, jointPosition)
      for (let i = 0; i < localCoordinates.length; i++) gradient[i] = jointGradient[localCoordinates[i]]
      return logDensity
    },
  }
}
