/**
 * The exponents that a shard's target carries: p(global)^prior * |J(global)|^jacobian * likelihood^likelihood.
 *
 * A product of K sub-posteriors is the full posterior only if the prior powers sum to 1, the Jacobian powers sum to 1 and every likelihood
 * power is 1. The default of a shard is therefore `{ prior: 1/K, jacobian: 1/K, likelihood: 1 }` (Scott et al. 2016, on the unconstrained scale).
 */
export interface Powers {
  readonly prior: number
  readonly likelihood: number
  readonly jacobian: number
  /** Sites whose tempered prior would be improper: sampled with Normal(mean, sd) instead, removed again when combining. */
  readonly standIns?: Readonly<Record<string, { readonly mean: number; readonly sd: number }>>
}
