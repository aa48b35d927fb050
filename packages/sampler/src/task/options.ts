import { TaskError, type JsonObject, type JsonSchemaObject } from '@chorale/core/contracts'
import type { MetricKind } from '../metric/metric.js'

export type InitStrategy = 'init_to_uniform' | 'init_to_value' | 'init_to_median' | 'init_to_sample'

/** What `settings.options` of the sampler `nuts` may hold. */
export interface NutsOptions {
  /** Shape of the metric that warm-up learns. Default `diagonal`. */
  readonly metric?: MetricKind
  /** Where chains start; names without `init_to_` are accepted too. Default `init_to_uniform`. */
  readonly initStrategy?: InitStrategy | 'uniform' | 'value' | 'median' | 'sample'
  /** Uniform starts lie within this distance of 0 on the unconstrained scale. Default 2. */
  readonly initRadius?: number
  /** For `init_to_value`: parameter name -> value on the constrained scale, arrays flat and row-major. Missing parameters start uniform. */
  readonly initialValues?: Readonly<Record<string, number | readonly number[]>>
  /** Transitions between two draws of local parameters in a `conditional` task. Default 20. */
  readonly conditionalTransitions?: number
}

export interface ResolvedOptions {
  readonly metric: MetricKind
  readonly initStrategy: InitStrategy
  readonly initRadius: number
  readonly initialValues: Readonly<Record<string, number | readonly number[]>>
  readonly conditionalTransitions: number
}

const METRICS: readonly string[] = ['diagonal', 'dense'] satisfies MetricKind[]
const STRATEGIES: readonly string[] = ['init_to_uniform', 'init_to_value', 'init_to_median', 'init_to_sample'] satisfies InitStrategy[]

/** JSON Schema of `NutsOptions`. */
export const nutsOptionsSchema: JsonSchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    metric: { enum: METRICS, default: 'diagonal', description: 'Shape of the metric that warm-up learns' },
    initStrategy: {
      enum: [...STRATEGIES, ...STRATEGIES.map(name => name.replace('init_to_', ''))],
      default: 'init_to_uniform',
      description: 'Where chains start',
    },
    initRadius: { type: 'number', minimum: 0, default: 2, description: 'Half width of uniform starts on the unconstrained scale' },
    initialValues: {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'number' }, { type: 'array', items: { type: 'number' } }] },
      description: 'Starts of init_to_value: parameter name to value on the constrained scale, arrays flat and row-major',
    },
    conditionalTransitions: {
      type: 'integer',
      minimum: 1,
      default: 20,
      description: 'Transitions between two draws of local parameters given combined global ones',
    },
  },
}

function refuse(option: string, value: unknown, allowed: string): never {
  throw new TaskError({
    cause: 'start',
    code: 'CHORALE_SAMPLER_OPTION',
    message: `The option "${option}" of the sampler nuts cannot be ${JSON.stringify(value)}.\n  fix            use ${allowed}`,
    retryable: false,
  })
}

/** The options with their defaults. Errors: `TaskError` CHORALE_SAMPLER_OPTION. */
export function resolveOptions(options: JsonObject): ResolvedOptions {
  const given = options as NutsOptions
  const metric = given.metric ?? 'diagonal'
  const named = given.initStrategy ?? 'init_to_uniform'
  const initStrategy = named.startsWith('init_to_') ? named : `init_to_${named}`
  const initRadius = given.initRadius ?? 2
  const conditionalTransitions = given.conditionalTransitions ?? 20
  if (!METRICS.includes(metric)) refuse('metric', metric, METRICS.join(' or '))
  if (!STRATEGIES.includes(initStrategy)) refuse('initStrategy', named, STRATEGIES.join(', '))
  if (!(initRadius >= 0 && initRadius < Infinity)) refuse('initRadius', initRadius, 'a number from 0')
  if (!(Number.isInteger(conditionalTransitions) && conditionalTransitions >= 1)) {
    refuse('conditionalTransitions', conditionalTransitions, 'an integer from 1')
  }
  return {
    metric,
    initStrategy: initStrategy as InitStrategy,
    initRadius,
    initialValues: given.initialValues ?? {},
    conditionalTransitions,
  }
}
