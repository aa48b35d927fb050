import type { Columns } from '@chorale/model'
import type { RandomStream } from '@chorale/random'

import type { Draw } from '../replications.js'

/** Returns of a GARCH(1, 1) process that starts from variance 1. Written from its definition, not from the model. */
export const simulateGarch =
  (days: number) =>
  (parameters: Draw, stream: RandomStream): Columns => {
    const [mu, omega, alpha, beta] = ['mu', 'omega', 'alpha', 'beta'].map(name => parameters[name]![0]!) as [number, number, number, number]
    const y: number[] = []
    for (let variance = 1; y.length < days;) {
      const shock = Math.sqrt(variance) * stream.normal()
      y.push(mu + shock)
      variance = omega + alpha * shock * shock + beta * variance
    }
    return { y }
  }

/** Data of a hidden Markov chain, state by state; the first state is any of the three. */
export const simulateHiddenMarkov =
  (length: number) =>
  (parameters: Draw, stream: RandomStream): Columns => {
    const y: number[] = []
    for (let state = stream.integer(3); y.length < length; state = choose(parameters[`after ${state + 1}`]!, stream.uniform())) {
      y.push(parameters['mean']![state]! + parameters['sd']![0]! * stream.normal())
    }
    return { y }
  }

function choose(probabilities: Float64Array, u: number): number {
  let below = 0
  const found = probabilities.findIndex(probability => (below += probability) > u)
  return found < 0 ? probabilities.length - 1 : found
}
