import { createStream, type Key } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { drawStudentInto, logStudent, squaredDistance, type StudentComponent } from './student-component.js'

/** A mixture of Student-t distributions; weights sum to 1. */
export interface StudentMixture {
  readonly components: readonly StudentComponent[]
  readonly weights: readonly number[]
}

/** Parts with shares; a part without components gives its share to the others. */
export function mixtureOf(parts: readonly { readonly share: number; readonly of: StudentMixture }[]): StudentMixture {
  const filled = parts.filter(({ of, share }) => of.components.length > 0 && share > 0)
  const total = filled.reduce((sum, { share }) => sum + share, 0)
  return {
    components: filled.flatMap(({ of }) => of.components),
    weights: filled.flatMap(({ of, share }) => of.weights.map(weight => (weight * share) / total)),
  }
}

export const equalMixture = (components: readonly StudentComponent[]): StudentMixture => ({
  components,
  weights: components.map(() => 1 / components.length),
})

/** The log density at each row. */
export function logMixture({ components, weights }: StudentMixture, { draws, dimension, values }: DrawMatrix): Float64Array {
  const result = new Float64Array(draws)
  const terms = new Float64Array(components.length)
  const logWeights = weights.map(Math.log)
  for (let row = 0; row < draws; row++) {
    let largest = -Infinity
    for (let k = 0; k < components.length; k++) {
      terms[k] = logWeights[k] + logStudent(components[k], squaredDistance(components[k], values, row * dimension))
      if (terms[k] > largest) largest = terms[k]
    }
    let sum = 0
    for (let k = 0; k < components.length; k++) sum += Math.exp(terms[k] - largest)
    result[row] = largest + Math.log(sum)
  }
  return result
}

/** Independent draws; so many of each component as its weight says, rounded at random, which is less noisy than drawing the components. */
export function drawMixture({ components, weights }: StudentMixture, draws: number, key: Key): DrawMatrix {
  const dimension = components[0].mean.length
  const stream = createStream(key)
  const values = new Float64Array(draws * dimension)
  const z = new Float64Array(dimension)
  const offset = stream.uniform()
  let row = 0
  let cumulative = 0
  components.forEach((component, k) => {
    cumulative += weights[k] * draws
    const end = k === components.length - 1 ? draws : Math.min(draws, Math.ceil(cumulative - offset))
    for (; row < end; row++) drawStudentInto(values, row * dimension, component, stream, z)
  })
  return { draws, dimension, values }
}
