import { foldIn, prngKey, type Key } from '@chorale/random'

/** What a run draws itself. The numbers lie apart from those of its chains, whose keys are first folded with a shard's number. */
const STREAMS = {
  combination: 0xc0_0000,
  verification: 0xc0_0001,
  sharding: 0xc0_0002,
  gradientCheck: 0xc0_0003,
  resampling: 0xc0_0004,
  flatPriors: 0xc0_0005,
  locals: 0xc0_0006,
  predictions: 0xc0_0007,
  prior: 0xc0_0008,
  timing: 0xc0_0009,
} as const

/** The key of what a run with this seed draws for one purpose. */
export const runKey = (seed: number, purpose: keyof typeof STREAMS): Key => foldIn(prngKey(seed), STREAMS[purpose])
