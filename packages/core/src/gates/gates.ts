import type { Gate, ShardGate } from './gate.js'

const fixed =
  (digits: number) =>
  (value: number): string =>
    value.toFixed(digits)
const share = (value: number): string => `${Number((100 * value).toPrecision(3))} %`
const probability = (value: number): string => (value > 0 && value < 0.01 ? value.toExponential(1) : String(Number(value.toPrecision(3))))

/** Gates that every shard passes or does not, by its own chains. */
export const SHARD_GATES: readonly ShardGate[] = [
  {
    code: 'RHAT',
    warning: 'RHAT',
    name: 'R-hat',
    bound: 'at most',
    format: fixed(3),
    meaning: 'the chains disagree: they have not all reached the same distribution',
    level: 'rhat',
    limit: ({ maxRhat }) => maxRhat,
    measure: ({ rhatMax, worst }) => ({ value: rhatMax, coordinate: worst.rhat }),
    spoilsDraws: true,
  },
  {
    code: 'ESS_BULK',
    warning: 'ESS',
    name: 'bulk ESS',
    bound: 'at least',
    format: fixed(0),
    meaning: 'the draws are worth too few independent ones: means and medians are uncertain',
    level: 'essBulk',
    limit: ({ minEss }) => minEss,
    measure: ({ essBulkMin, worst }) => ({ value: essBulkMin, coordinate: worst.essBulk }),
    spoilsDraws: false,
  },
  {
    code: 'ESS_TAIL',
    warning: 'ESS',
    name: 'tail ESS',
    bound: 'at least',
    format: fixed(0),
    meaning: 'the draws are worth too few independent ones in the tails: 5 % and 95 % quantiles are uncertain',
    level: 'essTail',
    limit: ({ minEss }) => minEss,
    measure: ({ essTailMin, worst }) => ({ value: essTailMin, coordinate: worst.essTail }),
    spoilsDraws: false,
  },
  {
    code: 'EBFMI',
    warning: 'EBFMI',
    column: 'energy',
    name: 'E-BFMI',
    bound: 'at least',
    format: fixed(2),
    meaning: 'the energy is explored slowly: heavy tails, or a scale that changes from place to place, may not have been reached',
    level: 'ebfmi',
    limit: ({ minBfmi }) => minBfmi,
    measure: ({ ebfmiMin, worst }) => ({ value: ebfmiMin, chain: worst.ebfmi }),
    spoilsDraws: true,
  },
  {
    code: 'DIVERGENCES',
    warning: 'DIVERGENCES',
    column: 'diverging',
    name: 'share of divergent draws',
    bound: 'at most',
    format: share,
    meaning: 'trajectories broke off: parts of the posterior were not reached',
    level: 'divergences',
    limit: ({ maxDivergenceRate }) => maxDivergenceRate,
    measure: ({ divergences, divergenceRate, iterations, draws }) => ({
      value: divergenceRate,
      words: `${divergences} of ${iterations} ${iterations > draws ? 'iterations' : 'draws'} diverged`,
    }),
    spoilsDraws: true,
  },
  {
    code: 'TREE_DEPTH',
    warning: 'TREE_DEPTH',
    column: 'num_steps',
    name: 'share of trajectories that stopped at the maximum tree depth',
    bound: 'at most',
    format: share,
    meaning: 'trajectories end before they turn: draws are not wrong, but cost more than they need to',
    level: 'treeDepth',
    limit: ({ maxTreeDepthSaturation }) => maxTreeDepthSaturation,
    measure: ({ treeDepthSaturation }) => ({
      value: treeDepthSaturation,
      words: `${share(treeDepthSaturation)} of trajectories stopped at the maximum tree depth`,
    }),
    spoilsDraws: false,
  },
  {
    code: 'ACCEPTANCE',
    warning: 'ACCEPTANCE',
    column: 'accept_prob',
    name: 'mean acceptance',
    bound: 'at least',
    format: probability,
    meaning: 'a chain accepts nothing: it is stuck where it started',
    level: 'acceptance',
    limit: ({ minAcceptProb }) => minAcceptProb,
    measure: ({ acceptProb, worst }) => ({ value: acceptProb, chain: worst.acceptProb }),
    spoilsDraws: true,
  },
]

/** Gates on the shards together and on what was made of them. */
export const RUN_GATES = {
  successRate: {
    code: 'SUCCESS_RATE',
    warning: 'SUCCESS_RATE',
    name: 'share of shards that succeeded',
    bound: 'at least',
    format: share,
    meaning: 'the rows of failed shards are missing: there is no combined result',
  },
  heterogeneity: {
    code: 'HETEROGENEITY',
    warning: 'HETEROGENEITY',
    name: 'I2',
    bound: 'at most',
    format: fixed(2),
    meaning: 'the shards disagree by more than their posteriors allow: one posterior of all may not be what you want to know',
  },
  paretoK: {
    code: 'PARETO_K',
    warning: 'PARETO_K',
    name: 'k-hat',
    bound: 'at most',
    format: fixed(2),
    meaning:
      'the combined draws are too far from the density of all rows, or in too many dimensions, for the importance check to measure the error',
    level: 'paretoK',
  },
  shift: {
    code: 'SHIFT',
    warning: 'SHIFT',
    name: 'shift of a mean',
    bound: 'at most',
    format: fixed(2),
    meaning: 'the density of all rows moves the means of the combination: the combination is off by about so many posterior sd',
    level: 'shift',
  },
} as const satisfies Readonly<Record<string, Gate>>

/** Every gate, in the order of tables. */
export const GATES: readonly Gate[] = [...SHARD_GATES, ...Object.values(RUN_GATES)]
