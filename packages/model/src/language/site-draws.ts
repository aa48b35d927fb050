import { ChoraleError, type DrawMatrix } from '@chorale/core/contracts'

import type { Value } from '../expression/value.js'
import { evaluateAll } from '../graph/evaluate.js'
import type { Node } from '../graph/node.js'
import { dimensionsOf, sizeOf, type Shape } from '../graph/shape.js'
import type { CompiledBound } from './bound-model.js'
import { toShard, type DataInput } from './columns.js'
import type { CompiledModel } from './model.js'
import { fullValues, type Environment } from './parameter-values.js'

/** Draws of one quantity. */
export interface SiteDraws {
  readonly draws: number
  /** Shape of one draw: plates, then event. */
  readonly shape: readonly number[]
  /** draws x size of one draw, row-major. */
  readonly values: Float64Array
}

/** Draws by name: those of the model's sites, and for certain those of what its function returns. */
export type NamedDraws<R> = Readonly<Record<string, SiteDraws>> & {
  readonly [K in keyof R as R[K] extends Value ? K : never]: SiteDraws
}

/**
 * The model with these rows. `fittedTo`: all rows that the draws are from, if these are others: then levels, means and other numbers of all rows are those
 * of the rows that were fitted.
 */
export function bindData(model: CompiledModel, data: DataInput, fittedTo: DataInput = data): CompiledBound {
  return model.interpret(toShard(data), model.summarize(toShard(fittedTo)))
}

/** A quantity of which draws are collected: an expression, or the simulated data of a site. */
export interface Quantity {
  readonly name: string
  readonly shape: Shape
  readonly from: { readonly node: Node } | { readonly simulated: string }
}

/** One draw: what is known of the parameters, and the simulated data by site. */
export interface Draw {
  readonly environment: Environment
  readonly simulated: Readonly<Record<string, Float64Array>>
}

/** Which kinds of sites are asked for beside deterministic ones. */
export interface Wanted {
  readonly parameters: boolean
  readonly simulated: boolean
}

/** Parameters, simulated data, deterministic sites (those of rows too) and what the model function returns, each name once. */
export function quantitiesOf(
  { traced: { trace, returned }, placed }: CompiledBound,
  { parameters, simulated }: Wanted,
): readonly Quantity[] {
  const observed = trace.sites.filter(site => site.kind === 'observed')
  const siteOf = new Map(simulated ? observed.map(site => [site.observed.node, site.name]) : [])
  const quantities: readonly Quantity[] = [
    ...(parameters ? placed.map(({ site }) => ({ name: site.name, shape: site, from: { node: site.value.node } })) : []),
    ...(simulated ? observed.map(site => ({ name: site.name, shape: site, from: { simulated: site.name } })) : []),
    ...trace.sites
      .filter(site => site.kind === 'deterministic')
      .map(site => ({ name: site.name, shape: site, from: { node: site.value.node } })),
    ...Object.entries(returned).map(([name, { node }]) => {
      const site = siteOf.get(node)
      return { name, shape: node.shape, from: site === undefined ? { node } : { simulated: site } }
    }),
  ]
  return [...new Map(quantities.map(quantity => [quantity.name, quantity])).values()]
}

/** Runs through `count` draws and collects the quantities. */
export function collectDraws<R>(quantities: readonly Quantity[], count: number, drawAt: (index: number) => Draw): NamedDraws<R> {
  const arrays = quantities.map(({ shape }) => new Float64Array(count * sizeOf(shape)))
  const nodes = quantities.flatMap(({ from }) => ('node' in from ? [from.node] : []))
  for (let index = 0; index < count; index++) {
    const { environment, simulated } = drawAt(index)
    const values = evaluateAll(nodes, environment)
    quantities.forEach(({ shape, from }, k) => {
      const found = 'node' in from ? fullValues(from.node, values[nodes.indexOf(from.node)], shape) : simulated[from.simulated]
      arrays[k].set(found, index * sizeOf(shape))
    })
  }
  const named = quantities.map(({ name, shape }, k) => [name, { draws: count, shape: dimensionsOf(shape), values: arrays[k] }] as const)
  return Object.fromEntries(named) as unknown as NamedDraws<R>
}

/** The position of each draw in turn. The array is the same each time. */
export function positionReader(bound: CompiledBound, { draws, dimension, values }: DrawMatrix): (index: number) => Float64Array {
  if (dimension !== bound.dimension || values.length !== draws * dimension) {
    throw new ChoraleError(
      'CHORALE_POSITIONS_INVALID',
      `The draws have ${dimension} coordinates and ${values.length} numbers; the model has ${bound.dimension} coordinates`,
      {
        fix: 'pass unconstrained draws of this model with these data: { draws, dimension, values } with values of draws x dimension',
      },
    )
  }
  const position = bound.allocate?.(dimension) ?? new Float64Array(dimension)
  return index => {
    position.set(values.subarray(index * dimension, (index + 1) * dimension))
    return position
  }
}
