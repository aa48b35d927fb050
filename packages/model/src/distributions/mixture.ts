import { ChoraleError } from '@chorale/core/contracts'

import { log, logAddExp } from '../expression/elementary.js'
import { value, Value, type Operand } from '../expression/value.js'
import { literalOf } from '../graph/build.js'
import { sameEvent } from '../graph/shape.js'
import type { Distribution, Domain, Numbers } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { commonSupport, restrictedDensity } from './mixture-support.js'

/** A simplex vector [K] of the model, or one operand for each component. */
export type Weights = Value | readonly Operand[]

/**
 * Each draw comes from one of the components, with the given probabilities. Components are univariate with any supports of one kind, reals or whole numbers
 * (the mixture's support reaches from the lowest to the highest of them), or multivariate with equal event shapes and constraints.
 *
 * `weights`: a simplex vector [K], or an array of K operands that add up to 1; or `{ logWeights }` of the same forms, which need not be normalised.
 * Throws CHORALE_MODEL_MIXTURE when weights and components do not fit together.
 */
export function mixture(weights: Weights | { readonly logWeights: Weights }, components: readonly Distribution[]): Distribution {
  const onLogScale = typeof weights === 'object' && 'logWeights' in weights
  const given = onLogScale ? weights.logWeights : weights
  const entries = entriesOf(given)
  if (components.length === 0 || entries.length !== components.length) {
    throw mixtureError(
      `${entries.length} weights do not fit ${components.length} components`,
      'give one weight for each component, at least one',
    )
  }
  const event = components[0].event
  if (components.some(component => !sameEvent(component.event, event))) {
    const shapes = components.map(component => `${component.name} [${component.event.join(', ')}]`).join(', ')
    throw mixtureError(`the components have draws of different shapes: ${shapes}`, 'mix distributions of one shape')
  }
  if (!onLogScale) checkTotal(entries)
  const support = commonSupport(components)
  const logWeights = onLogScale ? normalized(entries) : entries.map(weight => log(weight))
  const mixed = (terms: readonly Value[]): Value => logSum(terms.map((term, k) => logWeights[k].add(term)))
  const tails = (name: 'logCdf' | 'logSurvival'): Partial<Pick<Distribution, typeof name>> =>
    components.every(component => component[name] !== undefined)
      ? { [name]: (x: Value) => mixed(components.map(component => component[name]!(x))) }
      : {}
  const kind = onLogScale ? 'log weight' : 'weight'
  const named: readonly (readonly [string, Value, Domain])[] = [
    ...(given instanceof Value
      ? [[`${kind}s`, given, onLogScale ? 'vector' : 'simplex'] as const]
      : entries.map((entry, k) => [`${kind} ${k + 1}`, entry, onLogScale ? 'real' : 'probability'] as const)),
    ...components.flatMap((component, k) =>
      Object.entries(component.arguments).map(
        ([name, argument]) => [`component ${k + 1}: ${name}`, argument, component.domains[name]] as const,
      ),
    ),
  ]
  const weightsAt = (numbers: Numbers): readonly number[] =>
    given instanceof Value ? Array.from(numbers.array(given)) : entries.map(entry => numbers.of(entry))
  return {
    name: 'mixture',
    arguments: Object.fromEntries(named.map(([name, argument]) => [name, argument])),
    domains: Object.fromEntries(named.map(([name, , domain]) => [name, domain])),
    support,
    event,
    logDensity: x => mixed(components.map(component => restrictedDensity(component, support, x))),
    ...tails('logCdf'),
    ...tails('logSurvival'),
    ...(components.some(component => component.observedOnly) ? { observedOnly: true as const } : {}),
    ...(components.every(component => component.fixedAt !== undefined)
      ? {
          fixedAt: (numbers: Numbers) => {
            const fixed = components.map(component => component.fixedAt!(numbers))
            return mixture(onLogScale ? { logWeights: weightsAt(numbers) } : weightsAt(numbers), fixed)
          },
        }
      : {}),
    drawInto: (out, numbers, stream) => {
      const probabilities = onLogScale ? relative(weightsAt(numbers)) : weightsAt(numbers)
      components[chosen(probabilities, stream.uniform())].drawInto(out, numbers, stream)
    },
  }
}

const mixtureError = (message: string, fix: string): ChoraleError =>
  new ChoraleError('CHORALE_MODEL_MIXTURE', `mixture(...): ${message}`, { fix })

function entriesOf(weights: Weights): readonly Value[] {
  if (!(weights instanceof Value)) return weights.map(weight => value(weight))
  if (weights.event.length !== 1)
    throw mixtureError('the weights are not a vector', 'give a simplex vector, or an array with one weight for each component')
  return Array.from({ length: weights.length }, (_, k) => weights.at(k))
}

/** Weights that are all numbers can be checked at once. */
function checkTotal(weights: readonly Value[]): void {
  const numbers = weights.map(weight => literalOf(weight.node))
  const total = numbers.reduce<number>((sum, weight) => sum + (weight ?? NaN), 0)
  if (numbers.some(weight => weight !== undefined && !(weight >= 0 && weight <= 1)) || Math.abs(total - 1) > 1e-8) {
    throw mixtureError(
      `the weights ${numbers.join(', ')} are not probabilities that add up to 1`,
      'divide them by their sum, or give { logWeights }',
    )
  }
}

/** log sum exp, pairwise. */
function logSum(terms: readonly Value[]): Value {
  if (terms.length === 1) return terms[0]
  const middle = terms.length >> 1
  return logAddExp(logSum(terms.slice(0, middle)), logSum(terms.slice(middle)))
}

function normalized(logWeights: readonly Value[]): readonly Value[] {
  const total = logSum(logWeights)
  return logWeights.map(weight => weight.sub(total))
}

function relative(logWeights: readonly number[]): readonly number[] {
  const largest = Math.max(...logWeights)
  return logWeights.map(weight => Math.exp(weight - largest))
}

/** The component on which a share `u` of the total falls. */
function chosen(probabilities: readonly number[], u: number): number {
  let rest = u * probabilities.reduce((sum, p) => sum + p, 0)
  const k = probabilities.findIndex(p => (rest -= p) < 0)
  return k < 0 ? probabilities.findLastIndex(p => p > 0) : k
}

export const mixtureEntry: FamilyEntry = {
  name: 'mixture',
  arguments: ['weights', 'components'],
  summary: 'Each draw comes from one of several distributions.',
  formula: 'log sum over k of weights[k] p_k(x)',
  support: 'union of those of the components',
  stan: 'log_mix',
  numpyro: 'Mixture',
  pymc: 'Mixture',
  source: "Stan User's Guide, finite mixtures",
}
