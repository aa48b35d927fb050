import { isChoraleError, type DrawMatrix } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import { evaluationRounds } from '../execution/evaluation-place.js'
import { hasLocals } from '../planning/local-parameters.js'
import { loadPositions } from '../run-directory/index.js'
import { runKey } from '../run-key.js'
import { verificationDraws } from '../verification/verification-draws.js'
import type { Verification } from '../verification/verify.js'

/** What the importance check found, or why there was none. */
export type VerificationOutcome = Verification | { readonly skipped: string }

/** Draws of the posterior itself need no check; those of an approximation do. */
export async function verifySingleShard(run: ActiveRun, shard: CompletedShard): Promise<VerificationOutcome> {
  if (!run.sampler.approximate) return { skipped: 'one shard: nothing was combined' }
  return verifyCombination(run, [shard], await loadPositions(shard.chains, shard.health.thinned))
}

/** The importance check of a combination, where the settings and the model allow one. What goes wrong in it is a warning: the combination is there. */
export async function verifyCombination(
  run: ActiveRun,
  shards: readonly CompletedShard[],
  draws: DrawMatrix,
): Promise<VerificationOutcome> {
  const { enabled, draws: wanted } = run.settings.verification
  if (!enabled) return { skipped: 'verification.enabled is false' }
  if (hasLocals(run.record.plan)) return { skipped: 'with local parameters there is no density of the global ones alone' }
  if (evaluationRounds(run) < 1) return { skipped: 'verification.maxRounds is 0' }
  const [{ verify }, { runEvaluator }] = await Promise.all([import('../verification/verify.js'), import('../execution/evaluator.js')])
  const size = wanted ?? verificationDraws(draws.dimension)
  run.stopwatch.enter('verification')
  run.observe({ type: 'stage', stage: 'verify', detail: `full-data log density at ${size} positions` })
  const evaluator = runEvaluator(
    run,
    shards.map(shard => shard.shard),
  )
  try {
    return await verify(draws, evaluator, { size, key: runKey(run.record.seed, 'verification'), signal: run.context.signal })
  } catch (error) {
    if (!isChoraleError(error) || error.code === 'CHORALE_NOT_REPRODUCIBLE' || run.context.signal.aborted) throw error
    run.warn({ code: 'NOT_VERIFIED', message: error.message })
    return { skipped: error.message }
  }
}
