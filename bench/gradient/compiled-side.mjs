/** The compiled models as one more side. Imports the modelling language, so load this file only when that side is wanted. */
import { layouts, shardData } from './data.mjs'
import { models } from './models.mjs'

const powers = { prior: 1, likelihood: 1, jacobian: 1 }

/** A new model with the data of a case: everything from the module's function to a density that can be called. */
export function bindModel(example) {
  const model = models[example.model]()
  const data = shardData(example)
  return model.bind(data, model.summarize?.(data) ?? null)
}

/** For each coordinate of `layouts` the coordinate of the compiled model, found by the names of the parameters. */
function coordinates({ model }, bound) {
  return layouts[model].flatMap(([name, size]) => {
    const parameter = bound.parameters.find(candidate => candidate.name === name)
    if (parameter?.size !== size)
      throw new Error(`${model}: the compiled model has no parameter "${name}" with ${size} unconstrained coordinates`)
    return Array.from({ length: size }, (_, k) => parameter.offset + k)
  })
}

/** `evaluate(gradient, position)` in the compiled model's own order, and what carries vectors over to that order and back. */
export function bindCompiled(example) {
  const bound = bindModel(example)
  const order = coordinates(example, bound)
  return {
    evaluate: (gradient, position) => bound.logDensityInto(gradient, position, powers),
    allocate: length => bound.allocate?.(length) ?? new Float64Array(length),
    toSide(position) {
      const own = bound.allocate?.(position.length) ?? new Float64Array(position.length)
      order.forEach((to, from) => (own[to] = position[from]))
      return own
    },
    fromSide: gradient => Float64Array.from(order, from => gradient[from]),
  }
}

/** Milliseconds from the module's function to a bound model, and on to the first gradient. */
export function timeToFirstGradient(example) {
  const start = performance.now()
  const bound = bindModel(example)
  const gradient = bound.allocate?.(bound.dimension) ?? new Float64Array(bound.dimension)
  const position = bound.allocate?.(bound.dimension) ?? new Float64Array(bound.dimension)
  const ready = performance.now()
  bound.logDensityInto(gradient, position, powers)
  const end = performance.now()
  return { bind: ready - start, firstGradient: end - ready, total: end - start }
}
