/** One combiner on one problem: draws, what it says of them, and what they cost. */
import { isChoraleError } from '../../packages/core/dist/contracts/index.js'
import { foldIn, prngKey } from '../../packages/random/dist/index.js'
import { errorsOf } from './errors.mjs'

const silent = { info: () => undefined, warn: () => undefined }

/** Answers `{ seconds, claim, claimed, chosen, evaluations, ...errors }`, with what `measures` makes of the draws, or `{ refused }`, the code of the error. */
export async function combineOnce(
  { combiner, options, evaluator: wantsEvaluator },
  { shards, evaluator, posterior, measures },
  { seed, size },
) {
  const counted = evaluator && wantsEvaluator ? counting(evaluator) : undefined
  const context = { key: foldIn(prngKey(seed), 7), size, options, evaluator: counted, signal: new AbortController().signal, log: silent }
  const start = performance.now()
  let combined
  try {
    combined = await combiner.combine(shards, context)
  } catch (error) {
    if (!isChoraleError(error)) throw error
    return { refused: error.code }
  }
  const seconds = (performance.now() - start) / 1000
  return {
    seconds,
    ...(counted && { evaluations: counted.count }),
    ...claimOf(combined),
    ...(combined.diagnostics?.chosen && { chosen: combined.diagnostics.chosen }),
    ...errorsOf(posterior, combined.draws),
    ...measures?.(combined.draws),
  }
}

function claimOf({ check, diagnostics }) {
  if (check && check.doubt === undefined) return { claim: 'exact' }
  const { kind, sd } = diagnostics.claim
  return { claim: kind, ...(sd !== undefined && { claimed: sd }) }
}

function counting(evaluator) {
  const own = {
    count: 0,
    budget: evaluator.budget,
    evaluate(positions, options) {
      own.count += positions.draws
      return evaluator.evaluate(positions, options)
    },
    gradients(positions, options) {
      own.count += positions.draws
      return evaluator.gradients(positions, options)
    },
  }
  return own
}
