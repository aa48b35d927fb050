import type { GateLimits, ShardHealth } from './shard-health.js'

export interface GateFailure {
  readonly code: string
  readonly shard: number
  /** Without the shard: one message may stand for several. */
  readonly message: string
  /** How far beyond the limit, to find the worst shard; Infinity where nothing could be measured. */
  readonly severity: number
}

/** Above this share of draws at the maximum depth, trajectories end before they turn. */
const MAX_SATURATION = 0.05
/** Below this mean acceptance a chain has not moved. */
const MIN_ACCEPTANCE = 0.001

interface Gate {
  readonly code: string
  /** The column of the sampler's statistics that it judges: a sampler without it is not judged by it. */
  readonly column?: string
  readonly value: (health: ShardHealth) => number
  readonly limit: (limits: GateLimits) => { readonly atMost: number } | { readonly atLeast: number }
  readonly message: (health: ShardHealth, limits: GateLimits, nameOf: (coordinate: number) => string) => string
}

const GATES: readonly Gate[] = [
  {
    code: 'RHAT',
    value: health => health.rhatMax,
    limit: limits => ({ atMost: limits.maxRhat }),
    message: ({ rhatMax, worst }, { maxRhat }, nameOf) =>
      `R-hat ${rhatMax.toFixed(3)} of ${nameOf(worst.rhat)} exceeds ${maxRhat}: the chains disagree; sample longer (sampling.warmup, sampling.draws)`,
  },
  {
    code: 'ESS',
    value: health => Math.min(health.essBulkMin, health.essTailMin),
    limit: limits => ({ atLeast: limits.minEss }),
    message: ({ essBulkMin, essTailMin, worst }, { minEss }, nameOf) =>
      essBulkMin <= essTailMin
        ? `bulk ESS ${essBulkMin.toFixed(0)} of ${nameOf(worst.essBulk)} is below ${minEss}: sample more (sampling.draws)`
        : `tail ESS ${essTailMin.toFixed(0)} of ${nameOf(worst.essTail)} is below ${minEss}: sample more (sampling.draws)`,
  },
  {
    code: 'EBFMI',
    column: 'energy',
    value: health => health.ebfmiMin,
    limit: limits => ({ atLeast: limits.minBfmi }),
    message: ({ ebfmiMin }, { minBfmi }) =>
      `E-BFMI ${ebfmiMin.toFixed(2)} is below ${minBfmi}: the energy is explored slowly; reparameterise heavy-tailed or hierarchical sites`,
  },
  {
    code: 'DIVERGENCES',
    column: 'diverging',
    value: health => health.divergenceRate,
    limit: limits => ({ atMost: limits.maxDivergenceRate }),
    message: ({ divergences, iterations, draws }, { maxDivergenceRate }) =>
      `${divergences} of ${iterations} ${iterations > draws ? 'iterations' : 'draws'} diverged (limit ${maxDivergenceRate * 100} %): parts of the posterior were not reached; reparameterise, or raise sampling.targetAcceptProb`,
  },
  {
    code: 'TREE_DEPTH',
    column: 'num_steps',
    value: health => health.treeDepthSaturation,
    limit: () => ({ atMost: MAX_SATURATION }),
    message: ({ treeDepthSaturation }) =>
      `${(100 * treeDepthSaturation).toFixed(0)} % of trajectories stopped at the maximum tree depth: raise sampling.maxTreeDepth, or use metric: dense`,
  },
  {
    code: 'ACCEPTANCE',
    column: 'accept_prob',
    value: health => health.acceptProb,
    limit: () => ({ atLeast: MIN_ACCEPTANCE }),
    message: ({ acceptProb }) => `a chain accepts nothing (mean acceptance ${acceptProb.toExponential(1)}): it is stuck where it started`,
  },
]

/** Codes of all gates, as warnings carry them. */
export const GATE_CODES: readonly string[] = GATES.map(({ code }) => code)

/** The gates of one shard. Every comparison is written so that NaN fails it; what the sampler does not record is not judged. */
export function shardGates(health: ShardHealth, limits: GateLimits, nameOf: (coordinate: number) => string): readonly GateFailure[] {
  return GATES.filter(({ column }) => column === undefined || health.recorded.has(column)).flatMap(gate => {
    const value = gate.value(health)
    const limit = gate.limit(limits)
    const passed = 'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast
    if (passed) return []
    if (Number.isNaN(value))
      return [{ code: gate.code, shard: health.shard, message: 'could not be computed (NaN), which never passes', severity: Infinity }]
    const severity = 'atMost' in limit ? value - limit.atMost : limit.atLeast - value
    return [{ code: gate.code, shard: health.shard, message: gate.message(health, limits, nameOf), severity }]
  })
}

/** One message for each gate that failed anywhere: of the worst shard, and in how many. */
export function gateMessages(
  failures: readonly GateFailure[],
  shards: number,
): readonly { readonly code: string; readonly message: string }[] {
  const codes = [...new Set(failures.map(({ code }) => code))]
  return codes.map(code => {
    const [worst, ...others] = failures.filter(failure => failure.code === code).sort((a, b) => b.severity - a.severity)
    const where = others.length === 0 ? `shard ${worst!.shard}` : `${others.length + 1} of ${shards} shards, worst shard ${worst!.shard}`
    return { code, message: `${where}: ${worst!.message}` }
  })
}
