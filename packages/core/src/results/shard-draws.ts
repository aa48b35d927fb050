import { shardParameters } from '../planning/local-parameters.js'
import type { PlanRecord } from '../run-directory/index.js'
import type { DrawSet, MissingPart } from './draw-set.js'
import { coordinateSites, readChain, reasonOf, type ReadChain } from './read-chains.js'
import type { SampleResult } from './sample-results.js'

export interface ShardRequest {
  readonly shard: number
  /** Its chains that are finished, ascending. */
  readonly finished: readonly SampleResult[]
}

/** The draws of one shard, of the chains that can be read. Without a plan: of those that have recorded values, which say what they are of. */
export async function readShardDraws(run: string, plan: PlanRecord | undefined, { shard, finished }: ShardRequest): Promise<DrawSet> {
  const parameters = plan ? shardParameters(plan, shard) : []
  const planned = plan ? Array.from({ length: plan.chains }, (_, chain) => chain) : finished.map(({ chain }) => chain)
  const missing: MissingPart[] = []
  const read: ReadChain[] = []
  for (const chain of planned) {
    const what = `chain ${chain} of shard ${shard}`
    const result = finished.find(candidate => candidate.chain === chain)
    if (!result) {
      missing.push({ what, why: 'it is not finished' })
      continue
    }
    try {
      const found = await readChain(run, result, parameters)
      if (plan || found.scale === 'constrained') read.push(found)
      else missing.push({ what, why: 'it has no recorded values, and run.json, which says what its draws are, cannot be read' })
    } catch (error) {
      missing.push({ what, why: reasonOf(error) })
    }
  }
  const scale = read.some(chain => chain.scale === 'constrained') ? 'constrained' : 'unconstrained'
  const usable = read.filter(chain => chain.scale === scale)
  return {
    scale,
    sites: usable[0]?.sites ?? coordinateSites(parameters),
    chains: usable.map(({ chain }) => chain),
    missing: [...missing, ...read.flatMap(chain => chain.missing)],
  }
}
