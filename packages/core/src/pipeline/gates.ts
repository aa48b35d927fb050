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

/** What is measured on one shard. NaN where a quantity does not exist (R-hat of one chain of equal values): a gate fails on it. */
export interface ShardHealth {
  readonly shard: number
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

export interface GateFailure {
  readonly code: string
  readonly shard: number
  readonly message: string
}

/** Above this share of draws at the maximum depth, trajectories end before they turn. */
const MAX_SATURATION = 0.05
/** Below this mean acceptance a chain has not moved. */
const MIN_ACCEPTANCE = 0.001

const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length
/** How many values pass a test; NaN when one of them is: what was not recorded was not counted. */
const count = (values: Float64Array, test: (x: number) => boolean): number =>
  values.reduce((n, x) => n + (Number.isNaN(x) ? NaN : test(x) ? 1 : 0), 0)

/** Measures one shard from its own chains; combined draws would always look converged. */
export function shardHealth({ shard, chains, maxTreeDepth }: ShardChains): ShardHealth {
  const d = chains[0]!.dimension
  const stats = (name: string): Float64Array[] => chains.map(chain => chain.stats[name] ?? new Float64Array(chain.draws).fill(NaN))
  const quantities = [...Array.from({ length: d }, (_, j) => coordinateChains(chains, j)), lastDraws(stats('potential_energy'))]
  const perCoordinate = quantities.map(values => ({ rhat: rhat(values), bulk: essBulk(values), tail: essTail(values) }))
  const draws = chains.reduce((total, chain) => total + chain.draws, 0)
  const divergences = stats('diverging').reduce((total, values) => total + count(values, x => x !== 0), 0)
  const saturated = stats('num_steps').reduce((total, values) => total + count(values, steps => steps >= fullTreeSteps(maxTreeDepth)), 0)
  const rhats = perCoordinate.map(c => c.rhat)
  const bulk = perCoordinate.map(c => c.bulk)
  const tail = perCoordinate.map(c => c.tail)
  return {
    shard,
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

/** The gates of one shard. Every comparison is written so that NaN fails it. */
export function shardGates(health: ShardHealth, limits: GateLimits, nameOf: (coordinate: number) => string): readonly GateFailure[] {
  const { shard, rhatMax, essBulkMin, essTailMin, ebfmiMin, divergences, draws, divergenceRate, treeDepthSaturation, acceptProb, worst } =
    health
  const failure = (passed: boolean, code: string, message: string): GateFailure[] =>
    passed ? [] : [{ code, shard, message: `shard ${shard}: ${message}` }]
  return [
    ...failure(
      rhatMax <= limits.maxRhat,
      'RHAT',
      `R-hat ${rhatMax.toFixed(3)} of ${nameOf(worst.rhat)} exceeds ${limits.maxRhat}: the chains disagree; sample longer (sampling.warmup, sampling.draws)`,
    ),
    ...failure(
      essBulkMin >= limits.minEss,
      'ESS',
      `bulk ESS ${essBulkMin.toFixed(0)} of ${nameOf(worst.essBulk)} is below ${limits.minEss}: sample more (sampling.draws)`,
    ),
    ...failure(
      essTailMin >= limits.minEss,
      'ESS',
      `tail ESS ${essTailMin.toFixed(0)} of ${nameOf(worst.essTail)} is below ${limits.minEss}: sample more (sampling.draws)`,
    ),
    ...failure(
      ebfmiMin >= limits.minBfmi,
      'EBFMI',
      `E-BFMI ${ebfmiMin.toFixed(2)} is below ${limits.minBfmi}: the energy is explored slowly; reparameterise heavy-tailed or hierarchical sites`,
    ),
    ...failure(
      divergenceRate <= limits.maxDivergenceRate,
      'DIVERGENCES',
      `${divergences} of ${draws} draws diverged (limit ${limits.maxDivergenceRate * 100} %): parts of the posterior were not reached; reparameterise, or raise sampling.targetAcceptProb`,
    ),
    ...failure(
      treeDepthSaturation <= MAX_SATURATION,
      'TREE_DEPTH',
      `${(100 * treeDepthSaturation).toFixed(0)} % of trajectories stopped at the maximum tree depth: raise sampling.maxTreeDepth, or use metric: dense`,
    ),
    ...failure(
      acceptProb >= MIN_ACCEPTANCE,
      'ACCEPTANCE',
      `a chain accepts nothing (mean acceptance ${acceptProb.toExponential(1)}): it is stuck where it started`,
    ),
  ]
}
