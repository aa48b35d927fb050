import { ebfmi, essBulk, essTail, rhat } from '@chorale/diagnostics'

import { coordinateChains, lastDraws } from './coordinate-chains.js'

/** One shard's chains: coordinates on the unconstrained scale, and the sampler's statistics per draw by name. */
export interface ShardChains {
  readonly shard: number
  readonly maxTreeDepth: number
  readonly chains: readonly {
    readonly draws: number
    readonly dimension: number
    readonly positions: Float64Array
    readonly stats: Readonly<Record<string, Float64Array>>
  }[]
}

/** What is measured on one shard. NaN where a quantity does not exist: R-hat of one chain of equal values, divergences of a sampler that has none. */
export interface ShardHealth {
  readonly shard: number
  /** Columns of statistics that every chain has. */
  readonly recorded: ReadonlySet<string>
  readonly draws: number
  readonly divergences: number
  readonly divergenceRate: number
  readonly treeDepthSaturation: number
  readonly acceptProb: number
  readonly rhatMax: number
  readonly essBulkMin: number
  readonly essTailMin: number
  readonly ebfmiMin: number
  /** Coordinates with the largest R-hat and the smallest ESS; the dimension itself stands for the log density (as `lp__` in Stan). */
  readonly worst: { readonly rhat: number; readonly essBulk: number; readonly essTail: number }
}

export interface GateLimits {
  readonly maxRhat: number
  readonly minEss: number
  readonly minBfmi: number
  readonly maxDivergenceRate: number
}

const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length
/** How many values pass a test; NaN when one of them is: what was not recorded was not counted. */
const count = (values: Float64Array, test: (x: number) => boolean): number =>
  values.reduce((n, x) => n + (Number.isNaN(x) ? NaN : test(x) ? 1 : 0), 0)

/** Measures one shard from its own chains; combined draws would always look converged. */
export function shardHealth({ shard, chains, maxTreeDepth }: ShardChains): ShardHealth {
  const d = chains[0]!.dimension
  const recorded = new Set(Object.keys(chains[0]!.stats).filter(name => chains.every(chain => chain.stats[name] !== undefined)))
  const stats = (name: string): Float64Array[] => chains.map(chain => chain.stats[name] ?? new Float64Array(chain.draws).fill(NaN))
  const logDensity = recorded.has('potential_energy') ? [lastDraws(stats('potential_energy'))] : []
  const quantities = [...Array.from({ length: d }, (_, j) => coordinateChains(chains, j)), ...logDensity]
  const rhats = quantities.map(values => rhat(values))
  const bulk = quantities.map(values => essBulk(values))
  const tail = quantities.map(values => essTail(values))
  const draws = chains.reduce((total, chain) => total + chain.draws, 0)
  const divergences = stats('diverging').reduce((total, values) => total + count(values, x => x !== 0), 0)
  const saturated = stats('num_steps').reduce((total, values) => total + count(values, steps => steps >= fullTreeSteps(maxTreeDepth)), 0)
  return {
    shard,
    recorded,
    draws,
    divergences,
    divergenceRate: divergences / draws,
    treeDepthSaturation: saturated / draws,
    acceptProb: Math.min(...stats('accept_prob').map(mean)),
    rhatMax: Math.max(...rhats),
    essBulkMin: Math.min(...bulk),
    essTailMin: Math.min(...tail),
    ebfmiMin: Math.min(...stats('energy').map(energy => ebfmi(energy))),
    worst: { rhat: indexOfWorst(rhats, Math.max), essBulk: indexOfWorst(bulk, Math.min), essTail: indexOfWorst(tail, Math.min) },
  }
}

/** Leapfrog steps of a tree of full depth. */
const fullTreeSteps = (depth: number): number => 2 ** depth - 1

function indexOfWorst(values: readonly number[], extreme: (...values: number[]) => number): number {
  const missing = values.findIndex(value => Number.isNaN(value))
  return missing >= 0 ? missing : values.indexOf(extreme(...values))
}
