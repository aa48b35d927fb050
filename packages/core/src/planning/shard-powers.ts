import type { Powers } from '../contracts/index.js'

/** The powers with which a number of shards together make the full posterior. */
export const shardPowers = (shards: number): Powers => ({ prior: 1 / shards, jacobian: 1 / shards, likelihood: 1 })
