import type { JsonObject, JsonSchemaObject } from '@chorale/core/contracts'
import type { AdaptationKind, MetricChoice } from '../adaptation/create-adaptation.js'
import {
  optionFailure,
  resolveStartOptions,
  startOptionProperties,
  type ResolvedStartOptions,
  type StartOptions,
} from '../start/start-options.js'

/** What `settings.options` of the sampler `nuts` may hold. */
export interface NutsOptions extends StartOptions {
  /** How warm-up goes: `fast` learns from draws and gradients, `stan` from draws in Stan's windows. Default `fast`. */
  readonly adaptation?: AdaptationKind
  /** Shape of the metric that warm-up learns. Default `auto`: low-rank where it promises to pay, else diagonal; with `stan` always diagonal. */
  readonly metric?: MetricChoice
  /** Ends a `fast` warm-up once it has settled, never before 200 iterations. Default false. */
  readonly earlyStop?: boolean
  /** Seconds between two checkpoints; 0 for one after each iteration. Default 30. */
  readonly checkpointSeconds?: number
  /** Transitions between two draws of local parameters in a `conditional` task. Default 20. */
  readonly conditionalTransitions?: number
}

export interface ResolvedOptions extends ResolvedStartOptions {
  readonly adaptation: AdaptationKind
  readonly metric: MetricChoice
  readonly earlyStop: boolean
  readonly checkpointSeconds: number
  readonly conditionalTransitions: number
}

const ADAPTATIONS: readonly AdaptationKind[] = ['fast', 'stan']
const METRICS: readonly MetricChoice[] = ['auto', 'diagonal', 'dense', 'low-rank']

const DEFAULTS = {
  adaptation: 'fast',
  metric: 'auto',
  earlyStop: false,
  checkpointSeconds: 30,
  conditionalTransitions: 20,
} as const

/** JSON Schema of `NutsOptions`. */
export const nutsOptionsSchema: JsonSchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    adaptation: {
      enum: ADAPTATIONS,
      default: DEFAULTS.adaptation,
      description: 'How warm-up goes: fast learns from draws and gradients, stan from draws in the windows of Stan',
    },
    metric: {
      enum: METRICS,
      default: DEFAULTS.metric,
      description:
        'Shape of the metric that warm-up learns; auto: low-rank where it promises to pay, else diagonal; with stan always diagonal',
    },
    earlyStop: {
      type: 'boolean',
      default: DEFAULTS.earlyStop,
      description: 'Ends a fast warm-up once it has settled, never before 200 iterations',
    },
    ...startOptionProperties,
    checkpointSeconds: {
      type: 'number',
      minimum: 0,
      default: DEFAULTS.checkpointSeconds,
      description: 'Seconds between two checkpoints of a chain; 0: after every iteration',
    },
    conditionalTransitions: {
      type: 'integer',
      minimum: 1,
      default: DEFAULTS.conditionalTransitions,
      description: 'Transitions between two draws of local parameters given combined global ones',
    },
  },
}

function refuse(option: string, value: unknown, allowed: string): never {
  throw optionFailure(`The option "${option}" of the sampler nuts cannot be ${JSON.stringify(value)}.`, `use ${allowed}`)
}

/** The options with their defaults. Errors: `TaskError` CHORALE_SAMPLER_OPTION. */
export function resolveOptions(options: JsonObject): ResolvedOptions {
  const given = options as NutsOptions
  const { adaptation, metric, earlyStop, checkpointSeconds, conditionalTransitions } = { ...DEFAULTS, ...given }
  if (!ADAPTATIONS.includes(adaptation)) refuse('adaptation', adaptation, ADAPTATIONS.join(' or '))
  if (!METRICS.includes(metric)) refuse('metric', metric, METRICS.join(', '))
  if (typeof earlyStop !== 'boolean') refuse('earlyStop', earlyStop, 'true or false')
  if (!(checkpointSeconds >= 0 && checkpointSeconds < Infinity))
    refuse('checkpointSeconds', checkpointSeconds, 'a number of seconds from 0')
  if (!(Number.isInteger(conditionalTransitions) && conditionalTransitions >= 1)) {
    refuse('conditionalTransitions', conditionalTransitions, 'an integer from 1')
  }
  return { ...resolveStartOptions(given), adaptation, metric, earlyStop, checkpointSeconds, conditionalTransitions }
}
