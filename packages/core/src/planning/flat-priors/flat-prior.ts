import type { ParameterInfo } from '../../contracts/index.js'
import type { Warning } from '../../run-event.js'

const flatOf = (parameters: readonly ParameterInfo[]): readonly ParameterInfo[] =>
  parameters.filter(({ prior, scope }) => prior === 'flat' && scope === 'global')

/** Coordinates of the parameters with a flat prior. */
export const flatCoordinates = (parameters: readonly ParameterInfo[]): readonly number[] =>
  flatOf(parameters).flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i))

/** What is said of flat priors in a run with several shards; undefined where there is nothing to say. */
export function flatPriorWarning(parameters: readonly ParameterInfo[], shards: number): Warning | undefined {
  const names = flatOf(parameters).map(({ name }) => name)
  if (shards === 1 || names.length === 0) return undefined
  const [are, them] = names.length === 1 ? ['has a flat prior', 'it'] : ['have flat priors', 'them']
  return {
    code: 'CHORALE_FLAT_PRIOR',
    message: `${names.join(', ')} ${are}: nothing but its own rows tells each of ${shards} shards about ${them}; proper priors combine more safely`,
  }
}
