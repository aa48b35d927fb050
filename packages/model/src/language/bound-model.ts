import type { BoundModel, DeterministicInfo, Key, ParameterInfo } from '@chorale/core/contracts'
import { createStream, foldIn } from '@chorale/random'

import { isFlat } from '../distributions/flat.js'
import { evaluateAll, evaluationOf } from '../graph/evaluate.js'
import { sizeOf } from '../graph/shape.js'
import { describeSupport } from '../supports/support.js'
import { compileProgram, type CompiledProgram } from './compiled-program.js'
import { densityProgram, placeParameters, type PlacedParameter } from './density-program.js'
import { drawParameter, drawSite } from './draw-site.js'
import { constraining, environmentAt, unconstrainParametersInto, unconstrainSiteInto, type Environment } from './parameter-values.js'
import { pointwiseNode } from './pointwise.js'
import { isImproper, type Site } from './site.js'
import { withStandIns } from './stand-ins.js'
import type { Trace } from './trace.js'
import type { TracedModel } from './trace-model.js'

/** Half the width of the interval that starts are drawn from where the prior is flat, on the unconstrained scale, as in Stan. */
const FLAT_RADIUS = 2

/** A bound model of this language: all optional parts of the contract but `pointwiseInto`, which needs a likelihood of each row. */
export interface CompiledBound extends BoundModel {
  /** What the model function did with these data. */
  readonly traced: TracedModel
  readonly placed: readonly PlacedParameter[]
  /** The density: compiled when it is first asked for, because predictions need none. */
  compiled(): CompiledProgram
  /** The levels that the elements of each local plate are in the data set: a shard numbers those that it has. By name of the plate. */
  readonly levels: Readonly<Record<string, Int32Array>>
  readonly deterministics: readonly DeterministicInfo[]
  deterministicInto(values: Float64Array, position: Float64Array): void
  simulate(position: Float64Array, key: Key): Readonly<Record<string, Float64Array>>
  samplePriorInto(position: Float64Array, key: Key): void
}

/** Makes the density and everything around it from a trace with data. */
export function bindTrace(traced: TracedModel, isJoint: boolean): CompiledBound {
  const { trace } = traced
  const placed = placeParameters(trace)
  const program = densityProgram(trace, placed, isJoint)
  let known: CompiledProgram | undefined
  const compiled = (): CompiledProgram => (known ??= compileProgram(program))
  const density = withStandIns(program, compiled)
  const fixed = trace.sites.filter(site => site.kind === 'deterministic').filter(site => !site.plates.includes(trace.plates.rows))
  const evaluateFixed = evaluationOf(
    fixed.map(site => site.value.node),
    placed.map(({ site }) => site.free),
  )
  const pointwise = pointwiseNode(trace)
  return {
    traced,
    placed,
    compiled,
    levels: localLevels(trace),
    parameters: placed.map(parameter => parameterInfo(parameter, trace)),
    dimension: program.dimension,
    logDensityInto: density.logDensityInto,
    blocks: powers => density.compiledFor(powers).sharing,
    constrainInto: constraining(placed),
    unconstrainInto: (position, values) => unconstrainParametersInto(position, placed, values),
    deterministics: fixed.map(site => ({ name: site.name, shape: shapeOf(site), ...axisLevels(site, trace) })),
    deterministicInto(values, position) {
      let at = 0
      for (const found of evaluateFixed(environmentAt(placed, position))) {
        values.set(found, at)
        at += found.length
      }
    },
    ...(pointwise === undefined
      ? {}
      : {
          pointwiseInto: (logLikelihood: Float64Array, position: Float64Array) =>
            logLikelihood.set(evaluateAll([pointwise], environmentAt(placed, position))[0]),
        }),
    simulate: (position, key) => simulateObserved(trace, environmentAt(placed, position), key),
    samplePriorInto: (position, key) => drawStartInto(position, trace, placed, key),
  }
}

const localLevels = ({ plates, levelsOf }: Trace): Readonly<Record<string, Int32Array>> =>
  Object.fromEntries(
    [...plates.named].flatMap(([name, plate]) => {
      const levels = levelsOf.get(plates.indexOf(plate) ?? '')
      return plate.role === 'local' && levels !== undefined ? [[name, levels] as const] : []
    }),
  )

const shapeOf = ({ plates, event }: Pick<Site, 'plates' | 'event'>): number[] => [...plates.map(plate => plate.size), ...event]

/** Which groups of the data set a site with a local plate has a value of. */
function axisLevels({ plates, event }: Pick<Site, 'plates' | 'event'>, { plates: table, levelsOf }: Trace): Pick<ParameterInfo, 'levels'> {
  const levels = plates.map(plate => (plate.role === 'local' ? levelsOf.get(table.indexOf(plate) ?? '') : undefined))
  if (levels.every(found => found === undefined)) return {}
  return { levels: [...levels.map(found => (found === undefined ? null : Array.from(found))), ...event.map(() => null)] }
}

function parameterInfo({ site, offset, size }: PlacedParameter, trace: Trace): ParameterInfo {
  const { name, support, scope } = site
  return {
    name,
    shape: shapeOf(site),
    support: describeSupport(support),
    scope,
    offset,
    size,
    prior: isImproper(site) ? 'flat' : 'proper',
    ...axisLevels(site, trace),
  }
}

/** One draw of every observed site. Each site has random numbers of its own, so a new site does not change the others. */
export function simulateObserved(trace: Trace, environment: Environment, key: Key): Readonly<Record<string, Float64Array>> {
  return Object.fromEntries(
    trace.sites.flatMap((site, k) =>
      site.kind === 'observed' ? [[site.name, drawSite(site, environment, createStream(foldIn(key, k)))] as const] : [],
    ),
  )
}

/** Draws all parameters from the prior, one after another in the order of the model. Throws CHORALE_MODEL_NO_PRIOR_DRAW for flat priors. */
export function drawPrior(trace: Trace, key: Key): Environment {
  const environment: Environment = new Map()
  trace.sites.forEach((site, k) => {
    if (site.kind === 'parameter') environment.set(site.value.node, drawParameter(site, environment, createStream(foldIn(key, k))))
  })
  return environment
}

/** A start: parameters from the prior, those with a flat prior from a short interval on the unconstrained scale. */
function drawStartInto(position: Float64Array, trace: Trace, placed: readonly PlacedParameter[], key: Key): void {
  const environment: Environment = new Map()
  const places = new Map(placed.map(({ site, offset }) => [site.name, offset]))
  trace.sites.forEach((site, k) => {
    if (site.kind !== 'parameter') return
    const stream = createStream(foldIn(key, k))
    const offset = places.get(site.name)!
    if (isFlat(site.distribution)) {
      const free = position.subarray(offset, offset + sizeOf(site.free.shape))
      free.forEach((_, i) => (free[i] = FLAT_RADIUS * (2 * stream.uniform() - 1)))
      environment.set(site.free, free)
      environment.set(site.value.node, evaluateAll([site.value.node], environment)[0])
    } else {
      environment.set(site.value.node, drawParameter(site, environment, stream))
      unconstrainSiteInto(position, offset, site, environment)
    }
  })
}
