import type { PredictionKind } from '@chorale/core/results'

import { labelled } from '../output/labelled.js'
import { counted } from '../output/number.js'
import { printable } from '../output/printable.js'
import type { ShownRun } from './shown-run.js'

/** What a run has of one kind of predictions, or why it has none. */
export interface ShownPredictions {
  readonly kind: PredictionKind
  /** Of all chains together. */
  readonly draws: number
  readonly rows: number
  readonly why?: string
}

/** Of both kinds, those that the run has or should have. */
export async function predictionsOf(run: ShownRun): Promise<readonly ShownPredictions[]> {
  const shown: ShownPredictions[] = []
  for (const kind of ['logLikelihood', 'predictive'] as const) {
    const { predictions, missing } = (await run.findPredictions?.(kind)) ?? { predictions: undefined, missing: [] }
    const draws = predictions?.chains.reduce((total, chain) => total + chain.draws.length, 0) ?? 0
    const rows = predictions?.shards.reduce((total, shard) => total + shard.rows, 0) ?? 0
    const why = missing.map(part => part.why).join('; ')
    if (predictions || missing.length > 0) shown.push({ kind, draws, rows, ...(missing.length > 0 ? { why } : {}) })
  }
  return shown
}

const PREDICTED: Readonly<Record<PredictionKind, string>> = {
  logLikelihood: 'log likelihood of each row',
  predictive: 'simulated data',
}

export function predictionLine({ kind, draws, rows, why }: ShownPredictions): string {
  const found = draws === 0 ? `no ${PREDICTED[kind]}` : `${PREDICTED[kind]}: ${counted(draws, 'draw')} of ${counted(rows, 'row')}`
  return labelled('Per row', printable(why === undefined ? found : `${found}: ${why}`))
}
