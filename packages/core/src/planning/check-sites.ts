import { ChoraleError, type BoundModel } from '../contracts/index.js'
import { valueCount } from '../model/parameter-names.js'

/** Checks what a bound model says of its parameters and deterministic sites: names, and that the sites can be computed. */
export function checkSites(bound: BoundModel, module: string): void {
  const { parameters, deterministics = [] } = bound
  const askedBy = `model: ${module}`
  const names = [...parameters, ...deterministics].map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) {
    throw new ChoraleError('CHORALE_MODEL_DUPLICATE_SITE', `The model has two sites with the name "${twice}"`, {
      askedBy,
      fix: 'give each parameter and deterministic site a name of its own',
    })
  }
  if (deterministics.length === 0) return
  if (!bound.deterministicInto) {
    throw new ChoraleError('CHORALE_MODEL_INVALID', 'The bound model has deterministics, but no deterministicInto that computes them', {
      askedBy,
      fix: 'add deterministicInto(values, position) to what bind returns',
    })
  }
  const allocate = (length: number): Float64Array => bound.allocate?.(length) ?? new Float64Array(length)
  bound.deterministicInto(allocate(deterministics.reduce((total, site) => total + valueCount(site), 0)), allocate(bound.dimension))
}
