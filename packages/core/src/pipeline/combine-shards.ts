import { foldIn, prngKey } from '@chorale/random'

import { ChoraleError, type BoundModel, type CombineContext, type CombinerNeeds, type DrawMatrix, type Json, type SubPosteriorDraws } from '../contracts/index.js'
import type { Found } from '../plugins/index.js'
import type { ActiveRun } from './active-run.js'
import { shardPowers, taskEvaluator } from './evaluator.js'
import { jackknifeError } from './jackknife.js'
import { raisePrior } from './missing-shards.js'
import { BATCHES } from './moments.js'
import { constrainDraws, locate, tableQuantiles } from './parameter-table.js'
import type { CompletedShard } from './shard-results.js'
import { toSubPosterior } from './sub-posteriors.js'
import type { ParameterSummary } from './summary-schema.js'

/** Keys of a run's own randomness lie apart from those of its chains, whose first fold is a shard's number. */
const COMBINE_STREAM = 0xc0_0000
export const VERIFY_STREAM = 0xc0_0001

/** The combined posterior on both scales. */
export interface Combination {
  readonly draws: DrawMatrix
  readonly parameters: Readonly<Record<string, ParameterSummary>>
  readonly diagnostics: Readonly<Record<string, Json>>
}

export interface CombinationRequest {
  readonly combiner: Found<'combiner'>
  readonly options: Record<string, unknown>
  readonly size: number
}

/**
 * Combines the sub-posteriors of the shards that succeeded into joint draws on the unconstrained scale, and summarises them on the constrained one. Standard
 * errors come from repeating the combination with one of 20 batches of every shard's draws left out.
 */
export async function combineShards(run: ActiveRun, shards: readonly CompletedShard[], request: CombinationRequest): Promise<Combination> {
  const { definition } = request.combiner
  const bound = await run.bindShard(shards[0]!.shard)
  const planned = run.record.plan.shards.length
  const subPosteriors = shards.map(({ shard, rows, chains }) =>
    toSubPosterior({
      shard,
      rows,
      parameters: run.record.plan.parameters,
      powers: shardPowers(shards.length),
      chains: shards.length === planned ? chains : chains.map(chain => raisePrior(chain, bound, planned, shards.length)),
    }),
  )
  const evaluator = definition.needs.evaluator === 'never' ? undefined : taskEvaluator(run, shards.map(s => s.shard))
  const context: CombineContext<CombinerNeeds, unknown> = {
    key: foldIn(prngKey(run.record.seed), COMBINE_STREAM),
    size: request.size,
    options: request.options,
    evaluator: evaluator as undefined,
    signal: run.context.signal,
    log: run.context.log,
  }
  const combine = async (skip?: number) => definition.combine(subPosteriors.map(of => of(skip)) as readonly SubPosteriorDraws[], context as never)

  const { draws, diagnostics = {} } = await combine()
  checkDraws(draws, run.record.plan.dimension, definition.name)
  const leftOut: DrawMatrix[] = []
  if (definition.needs.evaluator === 'never') {
    const batches = Math.min(BATCHES, ...shards.map(s => s.chains.reduce((total, chain) => total + chain.draws, 0)))
    for (let batch = 0; batch < batches; batch++) leftOut.push((await combine(batch)).draws)
  }
  return { draws, diagnostics, parameters: combinedTable(bound, draws, leftOut) }
}

function checkDraws({ draws, dimension, values }: DrawMatrix, expected: number, combiner: string): void {
  const broken =
    dimension !== expected
      ? `${dimension} dimensions instead of ${expected}`
      : values.length !== draws * dimension
        ? `${values.length} values for ${draws} draws in ${dimension} dimensions`
        : values.some(x => !Number.isFinite(x))
          ? 'draws that are not finite'
          : undefined
  if (broken === undefined) return
  throw new ChoraleError('CHORALE_COMBINER_BROKEN', `The combiner "${combiner}" returned ${broken}`, {
    askedBy: 'combination.name',
    fix: 'chorale combine <run> --combiner gaussian, and report this to the author of the combiner',
  })
}

/** Mean, sd, quantiles of each constrained value; the standard error of a mean joins the jackknife's with that of a finite number of combined draws. */
function combinedTable(bound: BoundModel, draws: DrawMatrix, leftOut: readonly DrawMatrix[]): Readonly<Record<string, ParameterSummary>> {
  const tables = leftOut.map(matrix => constrainDraws(bound, matrix))
  const entries = constrainDraws(bound, draws).map(({ name, values }, j): [string, ParameterSummary] => {
    const { mean, sd } = locate(values)
    const jackknife = jackknifeError(tables.map(table => locate(table[j]!.values).mean))
    const mcse = Math.hypot(jackknife, sd / Math.sqrt(draws.draws))
    const known = tables.length > 1 && mcse > 0
    return [
      name,
      { mean, sd, mcseMean: known ? mcse : null, ...tableQuantiles(values), essBulk: known ? (sd / mcse) * (sd / mcse) : null, essTail: null, rhat: null },
    ]
  })
  return Object.fromEntries(entries)
}
