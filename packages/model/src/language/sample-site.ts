import { ChoraleError, isChoraleError } from '@chorale/core/contracts'

import type { Distribution, Domain } from '../distributions/distribution.js'
import { isFlat } from '../distributions/flat.js'
import { value, Value } from '../expression/value.js'
import { input } from '../graph/build.js'
import { expand } from '../graph/evaluate.js'
import type { ConstantNode } from '../graph/node.js'
import { describeShape, sameEvent, type Shape } from '../graph/shape.js'
import { constrain, freeEvent } from '../supports/constrain.js'
import { describeSupport, isDiscrete, type Support } from '../supports/support.js'
import { checkArguments } from './check-arguments.js'
import { checkObserved } from './check-observed.js'
import { requireActivePlates } from './check-plates.js'
import type { SampleOptions } from './scope.js'
import type { ObservedSite, ParameterSite } from './site.js'
import { activePlates, placeOf, requireNewName, requireOpen, type Trace } from './trace.js'

/** Makes the site, adds it to the trace, and returns its value. */
export function sampleSite(trace: Trace, name: string, distribution: Distribution, options: SampleOptions): Value {
  requireOpen(trace, `sample('${name}', ...)`)
  requireNewName(trace, name)
  if (typeof distribution?.logDensity !== 'function') {
    throw new ChoraleError('CHORALE_MODEL_PARAMETER', `Site "${name}" has no distribution`, { fix: `sample('${name}', normal(0, 1))` })
  }
  return naming(name, () => {
    for (const [argument, given] of Object.entries(distribution.arguments))
      requireActivePlates(trace, name, `the argument ${argument} of ${distribution.name}`, given)
    if (trace.source.isReal) checkArguments(trace, name, distribution)
    const site =
      options.observed === undefined ? parameterSite(trace, name, distribution, options) : observedSite(trace, name, distribution, options)
    trace.sites.push(site)
    return site.kind === 'parameter' ? site.value : site.observed
  })
}

/** Says the site's name in errors of the expressions that its density is made of. */
function naming<T>(site: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!isChoraleError(error) || error.message.includes(`"${site}"`)) throw error
    throw new ChoraleError(error.code, `Site "${site}": ${error.message}`, error.details)
  }
}

function parameterSite(trace: Trace, name: string, distribution: Distribution, options: SampleOptions): ParameterSite {
  const plates = activePlates(trace)
  const event = eventOf(name, distribution, options.shape, [])
  const support = supportOf(trace, name, options.support ?? distribution.support)
  if (isDiscrete(support)) {
    throw new ChoraleError(
      'CHORALE_MODEL_DISCRETE_LATENT',
      `Site "${name}" has the discrete distribution ${distribution.name} (${describeSupport(support)}) and no data: a gradient sampler cannot move it`,
      {
        fix: 'pass its data as { observed }, or sum it out: a mixture distribution, or factor(name, logSumExp(...)) over its values',
      },
    )
  }
  if (distribution.observedOnly === true) {
    throw new ChoraleError(
      'CHORALE_MODEL_DISCRETE_LATENT',
      `Site "${name}" has the distribution ${distribution.name}, where single values have probability, and no data: a gradient sampler cannot move it`,
      {
        fix: 'pass its data as { observed }',
      },
    )
  }
  if (options.weight !== undefined) {
    throw new ChoraleError('CHORALE_MODEL_PARAMETER', `Site "${name}" has a weight but no data`, {
      fix: 'weights are for observed sites; use factor(...) to change a prior',
    })
  }
  const nonCentered = options.reparameterize === 'non-centered' ? standardizedOf(name, distribution, options) : undefined
  const sampled = nonCentered?.standard ?? distribution
  const sampledSupport = nonCentered === undefined ? support : sampled.support
  const free = input(name, { plates, event: freeEvent(sampledSupport, event) })
  const { value: direct, logJacobian } = constrain(sampledSupport, event, new Value(free))
  const constrained = nonCentered?.from(direct) ?? direct
  const isLocal = plates.some(plate => plate.role !== 'fixed')
  return {
    kind: 'parameter',
    name,
    plates,
    event,
    distribution,
    support,
    hasOwnSupport: options.support !== undefined,
    scope: isLocal ? 'local' : 'global',
    free,
    value: constrained,
    standardized: nonCentered && { support: sampledSupport, event, of: nonCentered.to(constrained) },
    logPrior: isFlat(distribution) ? undefined : sampled.logDensity(direct).node,
    logJacobian: logJacobian?.node,
  }
}

function observedSite(trace: Trace, name: string, distribution: Distribution, options: SampleOptions): ObservedSite {
  const plates = activePlates(trace)
  const given = value(options.observed!)
  if (given.node.op !== 'constant') {
    throw new ChoraleError(
      'CHORALE_MODEL_OBSERVED_PARAMETER',
      `Site "${name}" observes a value that depends on parameters, and data do not`,
      {
        fix: `add its log density: factor('${name}', distribution.logDensity(value)), with the log Jacobian of what was done to the data`,
      },
    )
  }
  requireActivePlates(trace, name, 'the observed value', given)
  const event = eventOf(name, distribution, options.shape, given.event)
  if (!sameEvent(given.event, event)) {
    throw new ChoraleError(
      'CHORALE_MODEL_SHAPE',
      `Site "${name}" has elements of shape [${event.join(', ')}], and observes ${describeShape(given.node.shape)}`,
      {
        fix: 'give data of the shape of the distribution, or the site the shape of the data',
      },
    )
  }
  const observed = new Value(fill(given.node, { plates, event }))
  const support = supportOf(trace, name, options.support ?? distribution.support)
  if (trace.source.isReal) checkObserved(trace, name, support, observed.node as ConstantNode)
  const weight = weightOf(trace, name, options)
  const logDensity = distribution.logDensity(observed)
  return {
    kind: 'observed',
    name,
    plates,
    event,
    distribution,
    support,
    observed,
    weight,
    logLikelihood: (weight === undefined ? logDensity : logDensity.mul(weight)).node,
  }
}

/** The constant with an element for each element of the site. */
const fill = (node: ConstantNode, shape: Shape): ConstantNode =>
  node.shape.plates.length === shape.plates.length ? node : { ...node, values: expand(node.values, node.shape, shape), shape }

/** Domains of arguments that go element by element with the draws of a univariate distribution. */
const ELEMENTWISE: readonly Domain[] = ['real', 'positive', 'nonnegative', 'probability', 'count']

/** Shape of one element: that of the distribution; for independent numbers, that of the option, the arguments or the data. */
function eventOf(
  site: string,
  distribution: Distribution,
  asked: readonly number[] | undefined,
  ofData: readonly number[],
): readonly number[] {
  if (distribution.event.length > 0) {
    if (asked === undefined || sameEvent(asked, distribution.event)) return distribution.event
    throw new ChoraleError(
      'CHORALE_MODEL_SHAPE',
      `Site "${site}": a draw of ${distribution.name} has shape [${distribution.event.join(', ')}], and { shape: [${asked.join(', ')}] } was asked for`,
      {
        fix: `for several independent draws use plate('name', size, () => sample('${site}', ...))`,
      },
    )
  }
  const bad = asked?.find(n => !(Number.isInteger(n) && n >= 1))
  if (bad !== undefined) {
    throw new ChoraleError(
      'CHORALE_MODEL_SHAPE',
      `Site "${site}": a shape is made of whole numbers from 1, and { shape: [${asked!.join(', ')}] } was asked for`,
      { fix: '{ shape: [3] }, { shape: [3, 2] }, or no shape for one number' },
    )
  }
  const shapes = Object.entries(distribution.arguments).flatMap(([name, argument]) =>
    ELEMENTWISE.includes(distribution.domains[name]) && argument.event.length > 0 ? [argument.event] : [],
  )
  const event = asked ?? [...shapes, ofData].find(shape => shape.length > 0) ?? []
  const misfit = shapes.find(shape => !sameEvent(shape, event))
  if (misfit === undefined) return event
  throw new ChoraleError(
    'CHORALE_MODEL_SHAPE',
    `Site "${site}" has elements of shape [${event.join(', ')}], and an argument of ${distribution.name} has [${misfit.join(', ')}]`,
    {
      fix: 'give arguments of the same shape, or scalars',
    },
  )
}

function supportOf(trace: Trace, site: string, support: Support): Support {
  if (support.kind === 'interval' || support.kind === 'integers') {
    if (support.lower !== undefined) requireActivePlates(trace, site, 'the lower bound', support.lower)
    if (support.upper !== undefined) requireActivePlates(trace, site, 'the upper bound', support.upper)
  }
  return support
}

function standardizedOf(site: string, distribution: Distribution, { support }: SampleOptions): Distribution['standardized'] {
  if (distribution.standardized !== undefined && support === undefined) return distribution.standardized
  if (support === undefined && Object.values(distribution.arguments).every(({ node }) => node.op === 'constant')) return undefined
  throw new ChoraleError(
    'CHORALE_MODEL_NOT_STANDARDIZED',
    `Site "${site}" cannot be non-centered: ${support === undefined ? `${distribution.name} has no location and scale` : 'it has a support of its own'}`,
    { fix: "leave { reparameterize: 'non-centered' } out" },
  )
}

function weightOf(trace: Trace, site: string, { weight }: SampleOptions): Value | undefined {
  if (weight === undefined) return undefined
  const given = value(weight)
  requireActivePlates(trace, site, 'the weight', given)
  if (given.node.op === 'constant' && trace.source.isReal) {
    const { values, shape } = given.node
    const bad = values.findIndex(number => !(number >= 0 && number < Infinity))
    if (bad >= 0) {
      throw new ChoraleError(
        'CHORALE_MODEL_PARAMETER',
        `Site "${site}": the weight is ${values[bad]}${placeOf(trace, shape, bad)}, and must be a number from 0`,
        {
          fix: 'correct the column of weights',
        },
      )
    }
  }
  return given
}
