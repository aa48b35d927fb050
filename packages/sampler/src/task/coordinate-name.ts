import type { ParameterInfo } from '@chorale/core/contracts'

/** Indices from 1 of the `at`-th element of a row-major array. */
function indexOf(at: number, shape: readonly number[]): string {
  const indices: number[] = []
  let rest = at
  for (const n of shape.toReversed()) {
    indices.unshift((rest % n) + 1)
    rest = Math.floor(rest / n)
  }
  return indices.join(',')
}

/**
 * The name of an unconstrained coordinate: `beta[2]`, `L[2,1]` where coordinates and elements correspond, else `unconstrained coordinate 2 of L`
 * (counted from 1).
 */
export function coordinateName(parameters: readonly ParameterInfo[], coordinate: number): string {
  const parameter = parameters.find(({ offset, size }) => coordinate >= offset && coordinate < offset + size)
  if (!parameter) return `coordinate ${coordinate + 1}`
  const { name, shape, offset, size } = parameter
  const at = coordinate - offset
  const elements = shape.reduce((product, n) => product * n, 1)
  if (elements !== size) return `unconstrained coordinate ${at + 1} of ${name}`
  return shape.length === 0 ? name : `${name}[${indexOf(at, shape)}]`
}
