import type { ParameterInfo } from '@chorale/core/contracts'

/** The global parameters by their place in the unconstrained vector. What a combiner sees has no gaps where local parameters were. */
export const globalParameters = (parameters: readonly ParameterInfo[]): ParameterInfo[] =>
  parameters.filter(parameter => parameter.scope === 'global').sort((a, b) => a.offset - b.offset)

/** The unconstrained coordinates of the global parameter `name`; none when there is no such parameter. */
export function coordinatesOf(parameters: readonly ParameterInfo[], name: string): number[] {
  let first = 0
  for (const parameter of globalParameters(parameters)) {
    if (parameter.name === name) return Array.from({ length: parameter.size }, (_, i) => first + i)
    first += parameter.size
  }
  return []
}

/** The parameter to which an unconstrained coordinate belongs, in words. */
export function coordinateName(parameters: readonly ParameterInfo[], coordinate: number): string {
  let first = 0
  for (const { name, size } of globalParameters(parameters)) {
    if (coordinate < first + size)
      return size === 1 ? `"${name}"` : `"${name}" (unconstrained coordinate ${coordinate - first + 1} of ${size})`
    first += size
  }
  return `coordinate ${coordinate + 1}`
}
