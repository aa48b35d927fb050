import type { Value } from '../expression/value.js'
import { evaluate, evaluationOf, expand } from '../graph/evaluate.js'
import type { Node } from '../graph/node.js'
import { eventSize, plateSize, sizeOf } from '../graph/shape.js'
import { unconstrainInto, freeSize } from '../supports/constrain.js'
import type { Support } from '../supports/support.js'
import type { PlacedParameter } from './density-program.js'
import type { ParameterSite } from './site.js'

/** Values of nodes: of the inputs, and of sites that are known. */
export type Environment = Map<Node, Float64Array>

/** What a position says of the inputs. The slices share its memory. */
export const environmentAt = (parameters: readonly PlacedParameter[], position: Float64Array): Environment =>
  new Map(parameters.map(({ site, offset, size }) => [site.free, position.subarray(offset, offset + size)]))

/** Number of values of a parameter on the constrained scale. */
export const constrainedSize = ({ plates, event }: Pick<ParameterSite, 'plates' | 'event'>): number => plateSize(plates) * eventSize(event)

/** A node's values for every element of the shape that a site has, whether they differ or not. */
export const fullValues = (node: Node, values: Float64Array, { plates, event }: Pick<ParameterSite, 'plates' | 'event'>): Float64Array =>
  expand(values, node.shape, { plates, event })

/** Unconstrained position -> constrained values of all parameters, one after another. */
export function constraining(parameters: readonly PlacedParameter[]): (values: Float64Array, position: Float64Array) => void {
  const nodes = parameters.map(({ site }) => site.value.node)
  const evaluate = evaluationOf(
    nodes,
    parameters.map(({ site }) => site.free),
  )
  return (values, position) => {
    let at = 0
    evaluate(environmentAt(parameters, position)).forEach((found, k) => {
      values.set(fullValues(nodes[k], found, parameters[k].site), at)
      at += constrainedSize(parameters[k].site)
    })
  }
}

/** Constrained values of all parameters -> unconstrained position, site by site, because bounds may be expressions of other parameters. */
export function unconstrainParametersInto(position: Float64Array, parameters: readonly PlacedParameter[], values: Float64Array): void {
  const environment: Environment = new Map()
  let at = 0
  for (const { site } of parameters) {
    const size = constrainedSize(site)
    environment.set(site.value.node, values.slice(at, at + size))
    at += size
  }
  for (const { site, offset } of parameters) unconstrainSiteInto(position, offset, site, environment)
}

/** Writes the unconstrained numbers of a site whose value, and what its bounds depend on, is in the environment. */
export function unconstrainSiteInto(position: Float64Array, offset: number, site: ParameterSite, environment: Environment): void {
  const support = site.standardized?.support ?? site.support
  const node = (site.standardized?.of ?? site.value).node
  const constrained = fullValues(node, evaluate(node, environment), site)
  const [lower, upper] = boundsOf(support).map(bound => bound && fullValues(bound.node, evaluate(bound.node, environment), site))
  const width = eventSize(site.event)
  const freeWidth = freeSize(support, site.event)
  for (let element = 0; element < plateSize(site.plates); element++) {
    const first = element * width
    unconstrainInto(support, site.event, position, offset + element * freeWidth, constrained, first, k => ({
      lower: lower?.[first + k],
      upper: upper?.[first + k],
    }))
  }
  environment.set(site.free, position.subarray(offset, offset + sizeOf(site.free.shape)))
}

const boundsOf = (support: Support): readonly [Value | undefined, Value | undefined] =>
  support.kind === 'interval' ? [support.lower, support.upper] : [undefined, undefined]
