import type { Key } from '../contracts/key.js'
import type { BoundModel, Model, ModelDescription, ParameterInfo } from '../contracts/model.js'
import type { FixedParameters } from '../contracts/task.js'
import { fixedCoordinates, type FixedCoordinates } from './fixed-coordinates.js'
import { isPriorApart } from './prior-apart.js'

/**
 * The model with some of its parameters held at constrained values: its density is that of the other parameters given these, up to a constant. Without any
 * it is the model itself.
 *
 * `bind` throws `CHORALE_FIXED_PARAMETER` for a name that is no parameter, a value outside of the support, a wrong number of values, and where no parameter
 * is left.
 */
export function fixParameters(model: Model, fixed: FixedParameters | undefined): Model {
  if (fixed === undefined || Object.keys(fixed).length === 0) return model
  const { summarize, describe } = model
  return {
    rows: model.rows,
    dataNames: model.dataNames,
    ...(summarize ? { summarize: data => summarize.call(model, data) } : {}),
    bind: (data, summary) => fixBound(model.bind(data, summary), fixed, model),
    ...(describe
      ? { describe: (data, summary) => describedWithout(describe.call(model, data, summary), model.bind(data, summary).parameters, fixed) }
      : {}),
  }
}

/** A bound model some of whose parameters are fixed. */
export interface FixedBound extends BoundModel {
  /**
   * Whether the prior of the free parameters is the same whatever values the fixed ones have: only then do draws of the whole prior, of which the free ones are taken,
   * come from it.
   */
  isPriorApart(): boolean
}

/** As `fixParameters`, for a model that is bound. `model`: draws from the prior where the bound model itself does not. */
export function fixBound(inner: BoundModel, fixed: FixedParameters, model?: Model): FixedBound {
  const coordinates = fixedCoordinates(inner, fixed)
  const allocate = (length: number): Float64Array => inner.allocate?.(length) ?? new Float64Array(length)
  const whole = allocate(inner.dimension)
  const wholeGradient = allocate(inner.dimension)
  const wholeValues = allocate(coordinates.values.length)
  const samplePrior = priorOf(inner, model)
  whole.set(coordinates.position)

  const filled = (position: Float64Array): Float64Array => {
    coordinates.free.forEach((coordinate, i) => (whole[coordinate] = position[i]!))
    return whole
  }
  return {
    // Local parameters have their prior with the likelihood, where it cannot be told from what data say.
    isPriorApart: () =>
      samplePrior !== undefined &&
      !inner.parameters.some(own => own.scope === 'local' && Object.hasOwn(fixed, own.name)) &&
      isPriorApart(inner, coordinates, samplePrior),
    parameters: remaining(inner.parameters, fixed),
    dimension: coordinates.free.length,
    logDensityInto(gradient, position, powers) {
      const value = inner.logDensityInto(wholeGradient, filled(position), powers)
      take(gradient, wholeGradient, coordinates.free)
      return value
    },
    constrainInto(values, position) {
      inner.constrainInto(wholeValues, filled(position))
      take(values, wholeValues, coordinates.freeValues)
    },
    unconstrainInto(position, values) {
      const given = withValues(coordinates, values)
      wholeValues.set(given)
      const at = allocate(inner.dimension)
      inner.unconstrainInto(at, wholeValues)
      take(position, at, coordinates.free)
    },
    ...(inner.deterministics ? { deterministics: inner.deterministics } : {}),
    ...(inner.deterministicInto ? { deterministicInto: (values, position) => inner.deterministicInto!(values, filled(position)) } : {}),
    ...(inner.allocate ? { allocate: length => inner.allocate!(length) } : {}),
    ...(samplePrior
      ? {
          samplePriorInto(position, key) {
            const at = allocate(inner.dimension)
            samplePrior(at, key)
            take(position, at, coordinates.free)
          },
        }
      : {}),
    ...(inner.pointwiseInto ? { pointwiseInto: (logLikelihood, position) => inner.pointwiseInto!(logLikelihood, filled(position)) } : {}),
    ...(inner.simulate ? { simulate: (position, key) => inner.simulate!(filled(position), key) } : {}),
  }
}

type SamplePrior = (position: Float64Array, key: Key) => void

function priorOf(inner: BoundModel, model: Model | undefined): SamplePrior | undefined {
  if (inner.samplePriorInto) return (position, key) => inner.samplePriorInto!(position, key)
  if (model?.samplePriorInto) return (position, key) => model.samplePriorInto!(position, key)
  return undefined
}

function take(to: Float64Array, from: Float64Array, indices: Uint32Array): void {
  for (let i = 0; i < indices.length; i++) to[i] = from[indices[i]!]!
}

function withValues({ values, freeValues }: FixedCoordinates, free: Float64Array): Float64Array {
  const all = values.slice()
  freeValues.forEach((index, i) => (all[index] = free[i]!))
  return all
}

function remaining(parameters: readonly ParameterInfo[], fixed: FixedParameters): readonly ParameterInfo[] {
  let offset = 0
  return parameters
    .filter(({ name }) => !Object.hasOwn(fixed, name))
    .map(parameter => {
      const moved = { ...parameter, offset }
      offset += parameter.size
      return moved
    })
}

/** A fixed parameter stays among the sites of the description, with no coordinates. */
function describedWithout(description: ModelDescription, parameters: readonly ParameterInfo[], fixed: FixedParameters): ModelDescription {
  const held = parameters.filter(({ name }) => Object.hasOwn(fixed, name))
  return {
    ...description,
    dimension: description.dimension - held.reduce((total, { size }) => total + size, 0),
    sites: description.sites.map(site => (Object.hasOwn(fixed, site.name) ? { ...site, size: 0 } : site)),
  }
}
