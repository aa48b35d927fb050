import {
  isChoraleError,
  type CombineContext,
  type CombinedDraws,
  type ImportanceCheck,
  type Json,
  type JsonObject,
  type LogDensityEvaluator,
  type SubPosteriorDraws,
} from '@chorale/core/contracts'
import { foldIn } from '@chorale/random'
import { combineByAmis } from '../amis/amis.js'
import { defineCheckedCombiner } from '../checked-combiner.js'
import { combineByConsensus } from '../averages/consensus.js'
import { finiteOrNull } from '../diagnostics/json-number.js'
import { advice } from '../diagnostics/shard-diagnostics.js'
import { edgeworth } from '../edgeworth/edgeworth.js'
import { modes } from '../modes/modes.js'
import { weierstrass } from '../weierstrass/weierstrass.js'
import { chooseFromDraws, type Choice } from './choose.js'
import { claimFromDraws } from './claim-from-draws.js'
import { disagreement } from './disagreement.js'
import { shapeOf } from './shape.js'

/** In more dimensions importance sampling needs more positions than a run can afford. */
const LARGEST_DIMENSION = 50

type AutoContext = CombineContext<{ readonly draws: true; readonly evaluator: 'optional' }, Record<string, never>>

/**
 * Chooses a combiner by what the shards look like, says which and why (`chosen`, `why`), and claims what can be claimed.
 *
 * Where the full-data density can be asked for, and there are at most 50 parameters, `amis`: its draws are exact when its check passes, and are kept too where the check
 * lacks nothing but positions. Otherwise, with that check in the report (`importance`), from draws alone: several modes in a shard: `weierstrass` (acceptance .02)
 * in up to 3 dimensions if the shards overlap, else `modes`; predicted bias and tail error at most 0.1 posterior sd: `consensus`; a bias that third moments
 * resolve in up to 8 dimensions: `edgeworth`; a bias that cannot be told in up to 3: `weierstrass` (acceptance .05); else `consensus`. The claim adds the upper 95 % limit of
 * the bias that is left, the error of standard deviations that tails predict, and two Monte Carlo standard errors; disagreement between Gaussian product, third-order
 * expansion and `weierstrass` makes it unreliable; `advisedShards` is the largest number of shards, at most this one, whose predicted bias stays below 0.1. Costs what the chosen one does, and one look at the draws. Fails where that fails, and says so.
 * Source: the diagnostics are those of the combiners; the rules are our own.
 */
export const auto = defineCheckedCombiner({
  name: 'auto',
  summary: 'The combiner that suits the shards: amis where the density can be evaluated, else by predicted bias, modes and overlap',
  needs: { draws: true, evaluator: 'optional' },
  async combine(shards: readonly SubPosteriorDraws[], context: AutoContext): Promise<CombinedDraws> {
    const { evaluator, log, signal, key } = context
    const { dimension } = shards[0].moments
    let importance: JsonObject | undefined
    if (evaluator !== undefined && dimension <= LARGEST_DIMENSION && shards.length > 1) {
      const tried = await tryAmis(shards, context, evaluator)
      if (tried.kept !== undefined) return tried.kept
      importance = tried.importance
    }
    const shape = await shapeOf(shards, foldIn(key, 1), signal)
    const choice = chooseFromDraws(shape, { dimension, shards: shards.length })
    log.info(`auto chose "${choice.combiner}": ${choice.why}.`)
    const combined = await combineBy(choice, shards, context)
    const apart = shape.product && choice.combiner !== 'modes' && shards.length > 1 ? await disagreement(shards, shape, context) : undefined
    return {
      ...combined,
      diagnostics: {
        ...combined.diagnostics,
        chosen: choice.combiner,
        why: choice.why,
        ...(importance === undefined ? {} : { importance }),
        ...(shape.predictedBias === undefined ? {} : { predictedBias: { ...shape.predictedBias } }),
        ...advice(shards.length, shape.predictedBias),
        tails: { ...shape.tails },
        severalModes: [...shape.severalModes],
        ...(apart === undefined ? {} : { disagreement: apart.json }),
        claim: claimFromDraws({ choice, shape, shards, combined, disagreement: apart?.largest }),
      },
    }
  },
})

/** Draws of amis that can be kept, or its check for the report. */
async function tryAmis(
  shards: readonly SubPosteriorDraws[],
  context: AutoContext,
  evaluator: LogDensityEvaluator,
): Promise<{ readonly kept?: CombinedDraws; readonly importance?: JsonObject }> {
  let found: CombinedDraws
  try {
    found = await combineByAmis(shards, { ...context, evaluator })
  } catch (error) {
    if (!isChoraleError(error) || error.code !== 'CHORALE_COMBINE_BUDGET') throw error
    context.log.info(error.message)
    return { importance: { doubt: error.message } }
  }
  const check = found.check!
  const claim = found.diagnostics?.claim as JsonObject | undefined
  const chosen = (why: string): CombinedDraws => ({ ...found, diagnostics: { ...found.diagnostics, chosen: 'amis', why } })
  if (check.doubt === undefined) return { kept: chosen('its last batch of importance sampling passed its check') }
  if (claim?.kind === 'approximate') return { kept: chosen(`its correction can be believed; ${check.doubt}`) }
  context.log.warn(`Importance sampling did not pass its check (${check.doubt}); the shards are combined from their draws alone.`)
  return { importance: checkJson(check) }
}

const checkJson = ({ paretoK, kThreshold, weightEss, positions, coverage, doubt }: ImportanceCheck): JsonObject => ({
  paretoK: finiteOrNull(paretoK),
  kThreshold,
  weightEss,
  positions,
  coverage,
  doubt: (doubt ?? null) as Json,
})

function combineBy(choice: Choice, shards: readonly SubPosteriorDraws[], context: AutoContext): CombinedDraws | Promise<CombinedDraws> {
  const own = { ...context, evaluator: undefined }
  if (choice.combiner === 'modes') return modes.combine(shards, { ...own, options: {} })
  if (choice.combiner === 'edgeworth') return edgeworth.combine(shards, { ...own, options: {} })
  if (choice.combiner === 'weierstrass') return weierstrass.combine(shards, { ...own, options: { acceptance: choice.acceptance! } })
  return combineByConsensus(shards, { ...own, options: {} })
}
