import { ChoraleError } from '@chorale/core/contracts'
import type { RandomStream } from '@chorale/random'

import type { Numbers } from '../distributions/distribution.js'
import { isFlat } from '../distributions/flat.js'
import type { Value } from '../expression/value.js'
import { evaluate, expand } from '../graph/evaluate.js'
import { eventSize, plateSize, sameEvent, type Shape } from '../graph/shape.js'
import type { Support } from '../supports/support.js'
import type { Environment } from './parameter-values.js'
import type { ParameterSite, Site } from './site.js'

/** Draws within a support of the site's own, before it is said to have too little of the distribution. */
const TRIES = 10_000

type Drawn = Pick<Extract<Site, { kind: 'parameter' | 'observed' }>, 'name' | 'distribution' | 'plates' | 'event'>

/** One draw of a site, row-major over plates and event, given what the environment says of its arguments. */
export function drawSite(site: Drawn, environment: Environment, stream: RandomStream): Float64Array {
  const out = new Float64Array(plateSize(site.plates) * eventSize(site.event))
  const draw = elementDrawer(site, environment, stream)
  for (let element = 0; element < plateSize(site.plates); element++) draw(out, element)
  return out
}

/** One draw of a parameter from its prior. Throws CHORALE_MODEL_NO_PRIOR_DRAW for flat priors. */
export function drawParameter(site: ParameterSite, environment: Environment, stream: RandomStream): Float64Array {
  if (isFlat(site.distribution) && !site.distribution.isProper) {
    throw noDraw(site, 'its prior is flat', 'give it a proper prior')
  }
  if (!site.hasOwnSupport) return drawSite(site, environment, stream)
  const out = new Float64Array(plateSize(site.plates) * eventSize(site.event))
  const draw = elementDrawer(site, environment, stream)
  const width = eventSize(site.event)
  const bounds = site.support.kind === 'interval' ? [site.support.lower, site.support.upper] : []
  const [lower, upper] = bounds.map(bound => bound && expand(evaluate(bound.node, environment), bound.node.shape, site))
  for (let element = 0; element < plateSize(site.plates); element++) {
    const values = out.subarray(element * width, (element + 1) * width)
    const isInside = (): boolean =>
      values.every((x, k) => !(x < (lower?.[element * width + k] ?? x)) && !(x > (upper?.[element * width + k] ?? x)))
    let tries = 0
    do {
      if (tries++ === TRIES)
        throw noDraw(
          site,
          `none of ${TRIES} draws of ${site.distribution.name} lay in its own support`,
          'choose a distribution with this support',
        )
      draw(out, element)
      arrange(site, values, site.support)
    } while (!isInside() || !isOrderedIfAsked(values, site.support))
  }
  return out
}

/**
 * Independent draws under a constraint. Draws of one distribution are sorted where they must be ordered (others are drawn until they are), and those of one
 * normal distribution have their mean taken away where they must sum to zero: it is independent of the rest.
 */
function arrange(site: Drawn, values: Float64Array, support: Support): void {
  if (support.kind !== 'vector') return
  switch (support.constraint) {
    case 'real':
      return
    case 'ordered':
    case 'positive ordered':
      if (isExchangeable(site)) values.sort()
      return
    case 'sum to zero': {
      if (site.distribution.name !== 'normal' || !isExchangeable(site)) {
        throw noDraw(site, 'only draws of one normal distribution can be made to sum to zero', 'give all entries the same normal prior')
      }
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length
      values.forEach((x, k) => (values[k] = x - mean))
      return
    }
    default:
      throw noDraw(
        site,
        `draws of ${site.distribution.name} are never in its own support (${support.constraint})`,
        'choose a distribution with this support',
      )
  }
}

/** All entries have the same arguments. */
const isExchangeable = ({ distribution }: Drawn): boolean =>
  distribution.event.length === 0 && Object.values(distribution.arguments).every(argument => argument.event.length === 0)

function isOrderedIfAsked(values: Float64Array, support: Support): boolean {
  if (support.kind !== 'vector' || !(support.constraint === 'ordered' || support.constraint === 'positive ordered')) return true
  return values.every((x, k) => k === 0 || x > values[k - 1]) && (support.constraint === 'ordered' || values[0] > 0)
}

/** A function that draws one plate element into its place of `out`. */
function elementDrawer(
  { distribution, plates, event }: Drawn,
  environment: Environment,
  stream: RandomStream,
): (out: Float64Array, element: number) => void {
  const width = eventSize(distribution.event)
  const repeats = eventSize(event) / width
  const numbers = new ArgumentReader({ plates, event: distribution.event.length > 0 ? [] : event }, environment)
  return (out, element) => {
    for (let k = 0; k < repeats; k++) {
      const at = element * repeats + k
      numbers.moveTo(at, element)
      distribution.drawInto(out.subarray(at * width, (at + 1) * width), numbers, stream)
    }
  }
}

/** The arguments of one draw out of many independent ones. */
class ArgumentReader implements Numbers {
  readonly #draws: Shape
  readonly #environment: Environment
  readonly #scalars = new Map<Value, Float64Array>()
  readonly #arrays = new Map<Value, Float64Array>()
  #draw = 0
  #element = 0

  constructor(draws: Shape, environment: Environment) {
    this.#draws = draws
    this.#environment = environment
  }

  /** `draw`: among all; `element`: of the plates. */
  moveTo(draw: number, element: number): void {
    this.#draw = draw
    this.#element = element
  }

  of(argument: Value): number {
    let values = this.#scalars.get(argument)
    if (values === undefined) {
      const { node } = argument
      const event = sameEvent(node.shape.event, this.#draws.event) ? this.#draws.event : []
      values = expand(evaluate(node, this.#environment), { plates: node.shape.plates, event }, this.#draws)
      this.#scalars.set(argument, values)
    }
    return values[this.#draw]
  }

  array(argument: Value): Float64Array {
    const { node } = argument
    let values = this.#arrays.get(argument)
    if (values === undefined) {
      values = expand(evaluate(node, this.#environment), node.shape, { plates: this.#draws.plates, event: node.shape.event })
      this.#arrays.set(argument, values)
    }
    const size = eventSize(node.shape.event)
    return values.subarray(this.#element * size, (this.#element + 1) * size)
  }
}

const noDraw = (site: Drawn, why: string, fix: string): ChoraleError =>
  new ChoraleError('CHORALE_MODEL_NO_PRIOR_DRAW', `Nothing can be drawn from the prior of site "${site.name}": ${why}`, { fix })
