import type { NUTS_EXTRA_FIELDS, NUTS_MORE_FIELDS } from '@chorale/core/contracts'

export type NumberType = 'number' | 'integer' | 'boolean'

/** One statistic of each draw, under the name that readers of a format know. */
export interface Statistic {
  readonly arviz: string
  readonly cmdstan: string
  readonly type: NumberType
  /** Which of the sampler's columns it is made from. */
  readonly column: string
  /** From the sampler's number. Default: as it is. */
  readonly convert?: (value: number) => number
}

type NutsField = (typeof NUTS_EXTRA_FIELDS)[number] | (typeof NUTS_MORE_FIELDS)[number]

/** Every field of NUTS has a reader's name. In the order of CmdStan's files. */
const NUTS: Readonly<Record<NutsField, Omit<Statistic, 'column'>>> = {
  // The log density is that of the unconstrained coordinates, Jacobians included, as CmdStan's.
  potential_energy: { arviz: 'lp', cmdstan: 'lp__', type: 'number', convert: value => -value },
  accept_prob: { arviz: 'acceptance_rate', cmdstan: 'accept_stat__', type: 'number' },
  step_size: { arviz: 'step_size', cmdstan: 'stepsize__', type: 'number' },
  tree_depth: { arviz: 'tree_depth', cmdstan: 'treedepth__', type: 'integer' },
  num_steps: { arviz: 'n_steps', cmdstan: 'n_leapfrog__', type: 'integer' },
  diverging: { arviz: 'diverging', cmdstan: 'divergent__', type: 'boolean' },
  energy: { arviz: 'energy', cmdstan: 'energy__', type: 'number' },
}

/** Of a sampler's columns: first those that readers know, then its others under their own names. */
export function statisticsOf(columns: readonly string[]): readonly Statistic[] {
  const known = Object.entries(NUTS).flatMap(([column, statistic]) => (columns.includes(column) ? [{ ...statistic, column }] : []))
  const others = columns.filter(column => !Object.hasOwn(NUTS, column))
  return [...known, ...others.map(column => ({ arviz: column, cmdstan: `${column}__`, type: 'number' as const, column }))]
}

/** Whether a trajectory had the largest allowed depth: ArviZ's `reached_max_treedepth`. */
export const reachedMaxTreeDepth = (maxTreeDepth: number): Statistic => ({
  arviz: 'reached_max_treedepth',
  cmdstan: 'reached_max_treedepth__',
  type: 'boolean',
  column: 'tree_depth',
  convert: depth => (depth >= maxTreeDepth ? 1 : 0),
})
