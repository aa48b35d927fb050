import type { Shape } from './shape.js'

/** The combiners that `auto` may choose from draws alone. */
export interface Choice {
  readonly combiner: 'consensus' | 'edgeworth' | 'weierstrass' | 'modes'
  readonly acceptance?: number
  readonly why: string
}

const SMALL_BIAS = 0.1
const SMALL_TAILS = 0.1
const EDGEWORTH_DIMENSIONS = 8
const KERNEL_DIMENSIONS = 3
/** Draws of each shard that must lie where the posterior does. */
const OVERLAPPING_DRAWS = 50

/** The combiner that suits shards of this shape, from draws alone, and why. `dimension` of the parameters, `shards` their number. */
export function chooseFromDraws(shape: Shape, { dimension, shards }: { readonly dimension: number; readonly shards: number }): Choice {
  const { severalModes, overlap, predictedBias, correction, tails } = shape
  const overlapping = dimension <= KERNEL_DIMENSIONS && overlap !== undefined && overlap.leastDraws >= OVERLAPPING_DRAWS
  if (shards === 1) return { combiner: 'consensus', why: 'a single shard is returned as it is' }
  if (severalModes.length > 0) {
    const which = `${severalModes.length} of the shards have several modes`
    return overlapping
      ? { combiner: 'weierstrass', acceptance: 0.02, why: `${which}, and all overlap in ${dimension} dimensions` }
      : { combiner: 'modes', why: which }
  }
  if (predictedBias !== undefined && predictedBias.upper95 <= SMALL_BIAS && tails.upper95 <= SMALL_TAILS) {
    return { combiner: 'consensus', why: `the predicted bias is at most ${predictedBias.upper95.toFixed(2)} posterior sd` }
  }
  if (dimension <= EDGEWORTH_DIMENSIONS && predictedBias !== undefined && correction?.doubt === undefined && correction!.lambda > 0.5) {
    return {
      combiner: 'edgeworth',
      why: `the predicted bias of ${predictedBias.value.toFixed(2)} posterior sd is known well enough to be corrected`,
    }
  }
  if (overlapping && predictedBias === undefined) {
    return {
      combiner: 'weierstrass',
      acceptance: 0.05,
      why: `the bias of averages cannot be told, and all shards overlap in ${dimension} dimensions`,
    }
  }
  const bias = predictedBias === undefined ? 'cannot be told' : `is up to ${predictedBias.upper95.toFixed(2)} posterior sd`
  return { combiner: 'consensus', why: `the bias ${bias}, and nothing here removes it from draws alone` }
}
