import { ChoraleError } from '../contracts/error.js'
import type { PredictionKind } from '../results/predictions-record.js'

/** Bytes, unless the settings say. */
const USUAL_SPACE = 4e9

export const spaceOf = ({ predictionSpace = USUAL_SPACE }: { readonly predictionSpace?: number | undefined }): number => predictionSpace

/** What predictions of one kind would take. */
export interface PredictionSpace {
  readonly kind: PredictionKind
  /** Draws of all chains together. */
  readonly draws: number
  /** Numbers at one draw, of all shards. */
  readonly valuesPerDraw: number
  /** Bytes that they may take. */
  readonly space: number
}

const WHAT: Readonly<Record<PredictionKind, string>> = {
  logLikelihood: 'The log likelihood of each row',
  predictive: 'Data simulated from the posterior',
}

/** @throws ChoraleError `CHORALE_PREDICTIONS_TOO_LARGE` */
export function requirePredictionSpace({ kind, draws, valuesPerDraw, space }: PredictionSpace): void {
  const bytesOfDraw = Float64Array.BYTES_PER_ELEMENT * valuesPerDraw
  const bytes = draws * bytesOfDraw
  if (bytes <= space) return
  const fitting = Math.floor(space / bytesOfDraw)
  const size = sizeOf(bytes)
  throw new ChoraleError(
    'CHORALE_PREDICTIONS_TOO_LARGE',
    `${WHAT[kind]} at ${draws} draws is ${draws} x ${valuesPerDraw} numbers, ${size}; the limit is ${sizeOf(space)}.`,
    {
      askedBy: `output.${kind}`,
      fix: `${fitting > 0 ? `fewer draws, evenly spaced: output.predictionDraws: ${fitting} (chorale predict --draws ${fitting}); or ` : ''}more space: output.predictionSpace: ${size}`,
    },
  )
}

/** As sizes are written in settings, rounded up to three digits. */
function sizeOf(bytes: number): string {
  const [unit, factor] = UNITS.find(([, least]) => bytes >= least) ?? ['B', 1]
  const amount = bytes / factor
  const step = amount >= 100 ? 1 : amount >= 10 ? 0.1 : 0.01
  return `${Number((Math.ceil(amount / step) * step).toFixed(2))}${unit}`
}

const UNITS = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['KB', 1e3],
] as const
