import { TaskError, type Json } from '@chorale/core/contracts'

/** Parameter name -> value on the constrained scale, arrays flat and row-major. */
export type InitialValues = Readonly<Record<string, number | readonly number[]>>

/** Nested arrays of numbers, row-major. */
export type NestedNumbers = number | readonly NestedNumbers[]

const STRATEGIES = ['init_to_uniform', 'init_to_value', 'init_to_median', 'init_to_sample', 'init_to_mode', 'init_to_pathfinder'] as const

/** Where chains start: see `StartOptions.initStrategy`. */
export type InitStrategy = (typeof STRATEGIES)[number]

/** Ways to learn from a climb where a chain may start, and how far its coordinates spread there. */
export type WarmStart = 'optimize' | 'pathfinder'

type ShortName<S> = S extends `init_to_${infer Name}` ? Name : never

/** Options about starts that settings may hold. */
export interface StartOptions {
  /**
   * Where chains start; names without `init_to_` are accepted too, and `optimize` for `init_to_mode`.
   * Default: what `warmStart` names, else `init_to_value` with initial values, else `init_to_uniform`.
   */
  readonly initStrategy?: InitStrategy | ShortName<InitStrategy> | 'optimize'
  /** Uniform starts lie within this distance of 0 on the unconstrained scale. Default 2. */
  readonly initRadius?: number
  /**
   * Values on the constrained scale, arrays nested or flat and row-major; or the path of a JSON file of them. A list has an entry for each chain. Missing
   * parameters start uniform.
   */
  readonly initialValues?: InitialValuesSetting | readonly InitialValuesSetting[]
  /** The first metric takes its variances from this method; `true`: that of `initStrategy`, else `pathfinder`. Default: true where `initStrategy` is one. */
  readonly warmStart?: boolean | WarmStart
  /** The first metric: its inverse as d variances or a d x d covariance, on the unconstrained scale; or the path of a JSON file of it. */
  readonly inverseMetric?: string | readonly number[] | readonly (readonly number[])[]
}

export type InitialValuesSetting = string | Readonly<Record<string, NestedNumbers>>

/** `StartOptions` with defaults, where files have been read. */
export interface ResolvedStartOptions {
  readonly initStrategy: InitStrategy
  readonly initRadius: number
  /** One entry for all chains, one for each chain, or none. */
  readonly initialValues: readonly InitialValues[]
  readonly warmStart: WarmStart | false
  /** d variances or a d x d covariance, row-major. */
  readonly inverseMetric?: readonly number[]
}

const WARM_STARTS: readonly WarmStart[] = ['optimize', 'pathfinder']
const shortName = (strategy: InitStrategy): string => strategy.replace('init_to_', '')
const METHOD_OF: Partial<Record<InitStrategy, WarmStart>> = { init_to_mode: 'optimize', init_to_pathfinder: 'pathfinder' }
const STRATEGY_OF: Readonly<Record<WarmStart, InitStrategy>> = { optimize: 'init_to_mode', pathfinder: 'init_to_pathfinder' }

const values: Json = { type: 'object', additionalProperties: { type: ['number', 'array'] } }
const valuesOrPath: Json = { anyOf: [{ type: 'string' }, values] }

/** JSON Schema of starts: where the climbs of approximations begin, too. */
export const startPlaceProperties = {
  initStrategy: {
    enum: [...STRATEGIES, ...STRATEGIES.map(shortName), 'optimize'],
    description: 'Where chains start. Default: what warmStart names, else init_to_value with initialValues, else init_to_uniform',
  },
  initRadius: { type: 'number', minimum: 0, default: 2, description: 'Half width of uniform starts on the unconstrained scale' },
  initialValues: {
    anyOf: [valuesOrPath, { type: 'array', items: valuesOrPath }],
    description: 'Values on the constrained scale by parameter, or the path of a JSON file of them; a list has an entry for each chain',
  },
} satisfies Readonly<Record<string, Json>>

/** JSON Schema of the properties of `StartOptions`. */
export const startOptionProperties = {
  ...startPlaceProperties,
  warmStart: {
    enum: [true, false, ...WARM_STARTS],
    description: 'Where the variances of the first metric come from; true: from the method of initStrategy, else from pathfinder',
  },
  inverseMetric: {
    type: ['array', 'string'],
    items: { type: ['number', 'array'] },
    description: 'Inverse of the first metric on the unconstrained scale: variances, a covariance, or the path of a JSON file of either',
  },
} satisfies Readonly<Record<string, Json>>

/** The failure of an option that a task cannot work with. */
export function optionFailure(message: string, fix: string): TaskError {
  const full = `${message}\n  fix            ${fix}`
  return new TaskError({ cause: 'start', code: 'CHORALE_SAMPLER_OPTION', message: full, retryable: false })
}

/** The options with their defaults. Paths must have been replaced by what the files hold. Errors: `TaskError` CHORALE_SAMPLER_OPTION. */
export function resolveStartOptions(given: StartOptions): ResolvedStartOptions {
  const initRadius = given.initRadius ?? 2
  if (!(initRadius >= 0 && initRadius < Infinity)) refuse('initRadius', initRadius, 'a number from 0')
  const initialValues = valuesList(given)
  const named = strategyOf(given, initialValues.length > 0)
  const { inverseMetric } = given
  const isRead = inverseMetric === undefined || (Array.isArray(inverseMetric) && inverseMetric.every(x => typeof x === 'number'))
  if (!isRead) refuse('inverseMetric', inverseMetric, 'numbers, which planSettings makes of files and nested arrays')
  return {
    initStrategy: named,
    initRadius,
    initialValues,
    warmStart: warmStartOf(given, named),
    ...(inverseMetric ? { inverseMetric: inverseMetric as readonly number[] } : {}),
  }
}

/** The initial values of one chain. Errors: `TaskError` CHORALE_SAMPLER_OPTION when the list ends before. */
export function initialValuesOf({ initialValues }: ResolvedStartOptions, chain: number): InitialValues {
  if (initialValues.length === 0) return {}
  const own = initialValues.length === 1 ? initialValues[0] : initialValues[chain]
  if (own) return own
  throw optionFailure(`initialValues has ${initialValues.length} entries and none for chain ${chain}.`, 'give one entry for each chain')
}

function strategyOf({ initStrategy, warmStart }: StartOptions, hasValues: boolean): InitStrategy {
  if (initStrategy === undefined) {
    if (warmStart === true) return STRATEGY_OF.pathfinder
    if (warmStart) return STRATEGY_OF[warmStart] ?? 'init_to_uniform'
    return hasValues ? 'init_to_value' : 'init_to_uniform'
  }
  const found = initStrategy === 'optimize' ? 'init_to_mode' : STRATEGIES.find(s => s === initStrategy || shortName(s) === initStrategy)
  return found ?? refuse('initStrategy', initStrategy, STRATEGIES.join(', '))
}

function warmStartOf({ warmStart }: StartOptions, strategy: InitStrategy): WarmStart | false {
  const own = METHOD_OF[strategy]
  if (warmStart === undefined) return own ?? false
  if (warmStart === true) return own ?? 'pathfinder'
  if (warmStart === false || WARM_STARTS.includes(warmStart)) return warmStart
  return refuse('warmStart', warmStart, 'true, false, optimize or pathfinder')
}

function valuesList({ initialValues = [] }: StartOptions): readonly InitialValues[] {
  const list = Array.isArray(initialValues) ? (initialValues as readonly InitialValuesSetting[]) : [initialValues as InitialValuesSetting]
  if (list.some(entry => typeof entry === 'string')) refuse('initialValues', initialValues, 'values, which planSettings reads from files')
  return list as readonly InitialValues[]
}

function refuse(option: string, value: unknown, allowed: string): never {
  throw optionFailure(`The option "${option}" of the sampler cannot be ${JSON.stringify(value)}.`, `use ${allowed}`)
}
