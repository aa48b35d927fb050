import type { MissingPart, PredictionKind, Predictions, ReadableRun } from './readable-run.js'

/** What was computed for every row at draws of the posterior. */
export interface FoundPredictions {
  readonly kind: PredictionKind
  readonly predictions: Predictions
}

/** Of both kinds, and what of them is missing; a shard has none of its own. */
export async function findPredictions(
  run: ReadableRun,
  shard: number | undefined,
): Promise<{ readonly found: readonly FoundPredictions[]; readonly missing: readonly MissingPart[] }> {
  const found: FoundPredictions[] = []
  const missing: MissingPart[] = []
  if (shard !== undefined) return { found, missing }
  for (const kind of ['logLikelihood', 'predictive'] as const) {
    const read = await run.findPredictions?.(kind)
    if (read?.predictions) found.push({ kind, predictions: read.predictions })
    missing.push(...(read?.missing ?? []))
  }
  return { found, missing }
}
