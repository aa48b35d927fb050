import { prngKey } from '@chorale/random'

import { ChoraleError, keptDraws, type BoundModel } from '../contracts/index.js'
import type { RunRecord } from '../run-directory/index.js'
import type { Settings } from '../settings/schema.js'
import type { PredictionKind } from '../results/predictions-record.js'
import { combinerChoice } from './choose-combiner.js'
import { localDrawsOf } from './local-draws.js'
import { hasLocals } from './local-parameters.js'
import { requirePredictionSpace, spaceOf, type PredictionSpace } from './prediction-space.js'
import { whatModelSays } from './try-model.js'

/** What the settings ask to be computed for every row when a run ends. */
export const askedPredictions = ({ output }: Pick<Settings, 'output'>): readonly PredictionKind[] => [
  ...(output.logLikelihood ? (['logLikelihood'] as const) : []),
  ...(output.predictive ? (['predictive'] as const) : []),
]

/** The sizes of what is asked for. `simulatedPerRow`: numbers that simulated data have for each row. */
export function plannedPredictions(
  settings: Settings,
  { plan, data }: Pick<RunRecord, 'plan' | 'data'>,
  simulatedPerRow = 1,
): readonly PredictionSpace[] {
  const { predictionDraws } = settings.output
  const space = spaceOf(settings.output)
  const posterior = posteriorDraws(settings, plan)
  const draws = Math.min(posterior, predictionDraws ?? posterior)
  const rows = data.rows.used
  return askedPredictions(settings).map(kind => ({
    kind,
    draws,
    valuesPerDraw: kind === 'predictive' ? Math.ceil(rows * simulatedPerRow) : rows,
    space,
  }))
}

/** Draws of the posterior at which all parameters are known. */
function posteriorDraws(settings: Settings, plan: RunRecord['plan']): number {
  if (plan.shards.length === 1) return plan.chains * keptDraws(plan.sampling)
  const { draws } = combinerChoice(settings)
  return hasLocals(plan) ? Math.min(draws, localDrawsOf(settings, plan)) : draws
}

/**
 * That what the settings ask for can be computed and kept: before sampling, so that nobody learns it hours later. Returns how many numbers simulated data have for
 * each row; undefined unless they are asked for. `module`: the model, as the user named it.
 * @throws ChoraleError `CHORALE_PREDICTIONS_UNAVAILABLE`, `CHORALE_PREDICTIONS_TOO_LARGE`, `CHORALE_MODEL_THREW`
 */
export async function checkPredictions(
  settings: Settings,
  record: Pick<RunRecord, 'plan' | 'data'>,
  bound: BoundModel,
  module: string,
): Promise<number | undefined> {
  const asked = askedPredictions(settings)
  if (asked.length === 0) return undefined
  const { requirePredictions } = await import('../results/row-computation.js')
  for (const kind of asked) requirePredictions(bound, kind)
  const simulated = asked.includes('predictive')
    ? whatModelSays(module, () => simulatedNumbers(bound)) / record.plan.shards[0]!.rows
    : undefined
  for (const prediction of plannedPredictions(settings, record, simulated)) requirePredictionSpace(prediction)
  if (hasLocals(record.plan) && settings.combination.locals === 'skip') {
    throw new ChoraleError('CHORALE_PREDICTIONS_UNAVAILABLE', 'Rows depend on local parameters, which this run would leave out.', {
      askedBy: `output.${asked[0]!}`,
      fix: 'combination.locals: conditional draws them',
    })
  }
  return simulated
}

/** How many there are at a draw does not depend on the position. */
function simulatedNumbers(bound: BoundModel): number {
  const position = bound.allocate?.(bound.dimension) ?? new Float64Array(bound.dimension)
  return Object.values(bound.simulate!(position.fill(0), prngKey(0))).reduce((total, values) => total + values.length, 0)
}
