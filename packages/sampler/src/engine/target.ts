import { isTaskError, isTaskStoppedError, TaskError, type BoundModel, type Powers } from '@chorale/core/contracts'

/** What a chain samples: a log density over unconstrained coordinates. */
export interface Target {
  readonly dimension: number
  /** Returns the log density, -Infinity outside the support, and writes its gradient. */
  logDensityInto(gradient: Float64Array, position: Float64Array): number
  /** A vector that the model reads without a copy. */
  allocate(length: number): Float64Array
  /** `allocate` takes vectors from the model's own memory: positions and gradients should lie there. Default: any vector is as good. */
  readonly hasOwnMemory?: boolean
}

/** The failure of a task whose model threw. Failures and stops that the model's binding raised on purpose pass through. */
export function modelFailure(error: unknown, doing: string): unknown {
  if (isTaskError(error) || isTaskStoppedError(error)) return error
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const message =
    `The model threw while ${doing}: ${said}\n` +
    `  fix            return -Infinity where the density is zero; a throw counts as a bug in the model and is not tried again`
  return new TaskError({ cause: 'model', code: 'CHORALE_MODEL_THREW', message, retryable: false }, { cause: error })
}

/** The whole density of a bound model with a task's powers. Counts how often it was evaluated. */
export class ModelTarget implements Target {
  readonly dimension: number
  readonly hasOwnMemory: boolean
  gradients = 0
  private readonly bound: BoundModel
  private readonly powers: Powers

  constructor(bound: BoundModel, powers: Powers) {
    this.bound = bound
    this.powers = powers
    this.dimension = bound.dimension
    this.hasOwnMemory = bound.allocate !== undefined
  }

  allocate(length: number): Float64Array {
    return this.bound.allocate?.(length) ?? new Float64Array(length)
  }

  logDensityInto(gradient: Float64Array, position: Float64Array): number {
    this.gradients++
    try {
      return this.bound.logDensityInto(gradient, position, this.powers)
    } catch (error) {
      throw modelFailure(error, 'computing its log density')
    }
  }
}

/** The whole density of a bound model, all its coordinates free. Throws a `TaskError` CHORALE_MODEL_THREW where the model throws. */
export const modelTarget = (bound: BoundModel, powers: Powers): ModelTarget => new ModelTarget(bound, powers)
