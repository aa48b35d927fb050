import { createStream, split, type Key } from '@chorale/random'
import { TaskError, type BoundModel, type Model } from '@chorale/core/contracts'
import { modelFailure } from '../engine/target.js'
import { initialValuesOf, type InitialValues, type ResolvedStartOptions } from './start-options.js'

/** A way to choose a start. */
export interface StartProposal {
  /** Another try may give another start. */
  readonly isRandom: boolean
  /** Writes a start on the unconstrained scale; equal keys, equal starts. */
  proposeInto(position: Float64Array, key: Key): void
}

const MEDIAN_OF = 15

const startFailure = (message: string): TaskError =>
  new TaskError({ cause: 'start', code: 'CHORALE_MODEL_START', message, retryable: false })

/**
 * The start that the options ask for; for `init_to_mode` and `init_to_pathfinder`, where their climbs begin. `chain` chooses from a list of initial values.
 *
 * Errors: `TaskError` CHORALE_MODEL_START when the strategy needs `samplePriorInto` and neither bound model nor model has it, or an initial value belongs to no
 * parameter or has the wrong length.
 */
export function startProposal(options: ResolvedStartOptions, model: Model, bound: BoundModel, chain = 0): StartProposal {
  switch (options.initStrategy) {
    case 'init_to_uniform':
      return uniformStart(options.initRadius)
    case 'init_to_value':
    case 'init_to_mode':
    case 'init_to_pathfinder':
      return valueStart(initialValuesOf(options, chain), options.initRadius, bound)
    case 'init_to_median':
      return priorStart(options.initStrategy, priorOf(model, bound), MEDIAN_OF)
    case 'init_to_sample':
      return priorStart(options.initStrategy, priorOf(model, bound), 1)
  }
}

/** Uniform in (-radius, radius) on the unconstrained scale, as in Stan. */
export function uniformStart(radius: number): StartProposal {
  return {
    isRandom: radius > 0,
    proposeInto(position, key) {
      const stream = createStream(key)
      for (let i = 0; i < position.length; i++) position[i] = radius * (2 * stream.uniform() - 1)
    },
  }
}

type SamplePrior = (position: Float64Array, key: Key) => void

/** How to draw from the prior: the bound model knows more of it than the model. */
const priorOf = (model: Model, bound: BoundModel): SamplePrior | undefined =>
  bound.samplePriorInto?.bind(bound) ?? model.samplePriorInto?.bind(model)

/** The median of each coordinate over `count` draws from the prior. */
function priorStart(strategy: string, samplePriorInto: SamplePrior | undefined, count: number): StartProposal {
  if (!samplePriorInto) {
    throw startFailure(
      `initStrategy "${strategy}" needs draws from the prior, and this model has no samplePriorInto.\n` +
        `  fix            use initStrategy: "init_to_uniform", or give the model samplePriorInto(position, key)`,
    )
  }
  return {
    isRandom: true,
    proposeInto(position, key) {
      const draws = split(key, count).map(drawKey => {
        const draw = new Float64Array(position.length)
        try {
          samplePriorInto(draw, drawKey)
        } catch (error) {
          throw modelFailure(error, 'drawing a start from its prior')
        }
        return draw
      })
      for (let i = 0; i < position.length; i++) position[i] = draws.map(draw => draw[i]).sort((a, b) => a - b)[(count - 1) / 2]
    },
  }
}

interface Given {
  readonly offset: number
  readonly size: number
  readonly valueOffset: number
  readonly values: readonly number[]
}

/** Given values for some parameters, uniform starts for the others. */
function valueStart(initialValues: InitialValues, initRadius: number, bound: BoundModel): StartProposal {
  const uniform = uniformStart(initRadius)
  if (Object.keys(initialValues).length === 0) return uniform
  const { given, valueCount } = locateInitialValues(initialValues, bound)
  const covered = given.reduce((sum, { size }) => sum + size, 0)
  return {
    isRandom: uniform.isRandom && covered < bound.dimension,
    proposeInto(position, key) {
      uniform.proposeInto(position, key)
      const values = new Float64Array(valueCount)
      const mapped = new Float64Array(position.length)
      try {
        bound.constrainInto(values, position)
        for (const parameter of given) values.set(parameter.values, parameter.valueOffset)
        bound.unconstrainInto(mapped, values)
      } catch (error) {
        throw modelFailure(error, 'transforming the initial values')
      }
      for (const { offset, size } of given) position.set(mapped.subarray(offset, offset + size), offset)
    },
  }
}

function locateInitialValues(
  initialValues: InitialValues,
  bound: BoundModel,
): { readonly given: readonly Given[]; readonly valueCount: number } {
  const names = bound.parameters.map(parameter => parameter.name)
  const unknown = Object.keys(initialValues).find(name => !names.includes(name))
  if (unknown !== undefined) {
    throw startFailure(
      `initialValues names "${unknown}", which is no parameter of the model.\n  available      ${names.join(', ')}\n` +
        `  fix            correct the name in sampling.initialValues`,
    )
  }
  let valueCount = 0
  const given: Given[] = []
  for (const { name, shape, offset, size } of bound.parameters) {
    const length = shape.reduce((product, n) => product * n, 1)
    const value = initialValues[name]
    if (value !== undefined) {
      const values = typeof value === 'number' ? [value] : value
      if (values.length !== length) {
        throw startFailure(
          `initialValues gives ${values.length} numbers for "${name}", whose shape is [${shape.join(', ')}].\n` +
            `  fix            give ${length} ${length === 1 ? 'number' : 'numbers, row-major'}`,
        )
      }
      given.push({ offset, size, valueOffset: valueCount, values })
    }
    valueCount += length
  }
  return { given, valueCount }
}
