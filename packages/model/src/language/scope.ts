import type { Distribution } from '../distributions/distribution.js'
import type { Index } from '../expression/index-value.js'
import type { Operand, Value } from '../expression/value.js'
import type { Support } from '../supports/support.js'
import type { Data, Rows } from './data-scope.js'

export interface SampleOptions {
  /** Data of the site: the term counts as likelihood. Plates of the data must be active. */
  readonly observed?: Operand
  /** Shape of one element, made of independent draws: `sample('beta', normal(0, 10), { shape: [3] })`. For distributions of numbers only. */
  readonly shape?: readonly number[]
  /**
   * `non-centered`: a location-scale distribution is sampled as location + scale * z with z standardized. For groups with few data. The prior and the
   * Jacobian are then those of z. Default `centered`.
   */
  readonly reparameterize?: 'centered' | 'non-centered'
  /** How often each observation counts. Multiplies the log density of an observed site. */
  readonly weight?: Operand
  /** Where the site has density, if that is less than the distribution's: `vector('ordered')`. The density is not normalised again. */
  readonly support?: Support
}

export interface FactorOptions {
  /** `prior`: about global parameters alone, so it is tempered with the prior when rows are sharded. Default `likelihood`. */
  readonly part?: 'prior' | 'likelihood'
}

export interface PlateFunction {
  /** Runs `body` for independent elements: rows, groups of an index, or a number of things. Returns what `body` returns. */
  <T>(name: string, size: number | Rows | Index, body: () => T): T
  /** `local`: the groups of this index belong together, and parameters inside of the plate to their group: one shard has all rows of a group. */
  <T>(name: string, size: Index, options: { readonly local: boolean }, body: () => T): T
  /** `joint`: the rows depend on each other in a way that the model's expressions do not show; they are not sharded. */
  <T>(name: string, size: Rows, options: { readonly joint: boolean }, body: () => T): T
}

/** What the function of `model(...)` is given. To be used while it runs, not later. The function may return an object of values. */
export interface ModelScope {
  readonly data: Data
  /** A named quantity with a distribution: a parameter, or data if `observed`. Returns its value on the constrained scale. */
  sample(name: string, distribution: Distribution, options?: SampleOptions): Value
  readonly plate: PlateFunction
  /**
   * Records a quantity that is computed from others, and returns it. Those with a value for each row are left out of a run's results, because a shard knows
   * its own rows only; `constrainDraws` and `posteriorPredictive` have them.
   */
  deterministic(name: string, value: Operand): Value
  /** Adds the sum of `value` over all its elements and active plates to the log density. */
  factor(name: string, value: Operand, options?: FactorOptions): void
}
