import type { ParameterInfo } from '../contracts/index.js'

const product = (shape: readonly number[]): number => shape.reduce((total, n) => total * n, 1)

/** A parameter or a deterministic site. */
type Named = Pick<ParameterInfo, 'name' | 'shape' | 'levels'>

/** Number of constrained values of a parameter, or of values of a deterministic site. */
export const valueCount = ({ shape }: Named): number => product(shape)

/** Names of these values, row-major, indices from 1 as in Stan: `mu`, `beta[3]`, `L[2,1]`. Groups have the numbers of the whole data set, also in a shard. */
export const elementNames = (named: Named): readonly string[] =>
  Array.from({ length: valueCount(named) }, (_, flat) => elementName(named, flat))

function elementName({ name, shape, levels }: Named, flat: number): string {
  if (shape.length === 0) return name
  const indices: number[] = []
  let rest = flat
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const at = rest % shape[axis]!
    indices.unshift((levels?.[axis]?.[at] ?? at) + 1)
    rest = Math.floor(rest / shape[axis]!)
  }
  return `${name}[${indices.join(',')}]`
}

/** The name of an unconstrained coordinate: the element's where the two scales have as many, otherwise the parameter's and its index. */
export function coordinateName(parameters: readonly ParameterInfo[], coordinate: number): string {
  const parameter = parameters.find(p => coordinate >= p.offset && coordinate < p.offset + p.size)
  if (!parameter) return `coordinate ${coordinate + 1}`
  const index = coordinate - parameter.offset
  return parameter.size === valueCount(parameter) ? elementName(parameter, index) : `${parameter.name} (unconstrained ${index + 1})`
}
