import {
  ChoraleError,
  isChoraleError,
  type CombineContext,
  type CombinedDraws,
  type CombinerNeeds,
  type Key,
  type Log,
  type LogDensityEvaluator,
  type SubPosteriorDraws,
} from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { CombinationRequest } from '../planning/choose-combiner.js'
import { runKey } from '../run-key.js'
import { pickRows, systematicResample } from './resample.js'

/** The key with which draws are taken by weights. */
export const resamplingKey = (run: ActiveRun): Key => runKey(run.record.seed, 'resampling')

/** Draws of equal weight from one call of the combiner, checked. */
export async function askCombiner(
  run: ActiveRun,
  { combiner: { definition }, options, size, dimension }: CombinationRequest & { readonly dimension: number },
  shards: readonly SubPosteriorDraws[],
  { log, evaluator }: { readonly log: Log; readonly evaluator: LogDensityEvaluator | undefined },
): Promise<CombinedDraws> {
  const { signal } = run.context
  const context: CombineContext<CombinerNeeds, unknown> = {
    key: runKey(run.record.seed, 'combination'),
    size,
    options,
    evaluator: evaluator as undefined,
    signal,
    log,
  }
  let combined: CombinedDraws
  try {
    combined = await definition.combine(shards, context as never)
  } catch (error) {
    if (isChoraleError(error) || signal.aborted) throw error
    throw brokenCombiner(definition.name, `threw: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  const problem = drawsProblem(combined, dimension)
  if (problem !== undefined) throw brokenCombiner(definition.name, `returned ${problem}`)
  if (combined.logWeights === undefined) return combined
  const rows = systematicResample(combined.logWeights, resamplingKey(run))
  if (!rows) throw brokenCombiner(definition.name, 'returned weights of which none is positive, or one is not a number')
  return { ...combined, draws: pickRows(combined.draws, rows) }
}

function drawsProblem(combined: CombinedDraws | undefined, expected: number): string | undefined {
  if (typeof combined?.draws !== 'object') return 'no draws'
  const { logWeights } = combined
  const { draws, dimension, values } = combined.draws
  if (dimension !== expected) return `${dimension} dimensions instead of ${expected}`
  if (!(draws > 1)) return `${draws} draws: too few to describe a posterior`
  if (values.length !== draws * dimension) return `${values.length} values for ${draws} draws in ${dimension} dimensions`
  if (!values.every(Number.isFinite)) return 'draws that are not finite'
  for (const left of combined.leftOut ?? []) {
    const problem = drawsProblem({ draws: left }, expected)
    if (problem !== undefined) return `${problem} without one of the batches`
  }
  if (logWeights && logWeights.length !== draws) return `${logWeights.length} weights for ${draws} draws`
  return undefined
}

function brokenCombiner(combiner: string, what: string, cause?: unknown): ChoraleError {
  return new ChoraleError('CHORALE_COMBINER_BROKEN', `The combiner "${combiner}" ${what}`, {
    askedBy: 'combination.name',
    fix: 'chorale combine <run> --combiner gaussian, and report this to the author of the combiner',
    cause,
  })
}
