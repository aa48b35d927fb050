import type { CombinerDefinition, CombinerNeeds, Powers } from '../contracts/index.js'

/** The powers with which a number of shards together make the full posterior. */
export const shardPowers = (shards: number): Powers => ({ prior: 1 / shards, jacobian: 1 / shards, likelihood: 1 })

/** The powers with which each of a number of shards stands for the full posterior by itself. */
const inflatedPowers = (shards: number): Powers => ({ prior: 1, jacobian: 1, likelihood: shards })

/** What a combiner says about the densities that it combines. */
export type Combines = Pick<CombinerDefinition<CombinerNeeds, unknown>, 'subPosteriors'>

/** The powers of a run that is planned for a combiner. */
export const plannedPowers = (shards: number, { subPosteriors = 'fractionated' }: Combines): Powers =>
  subPosteriors === 'fractionated' ? shardPowers(shards) : inflatedPowers(shards)

/** Whether shards were sampled with inflated likelihoods: of a single shard there is no telling, and no difference. */
export const areInflated = ({ likelihood }: Powers): boolean => likelihood > 1
