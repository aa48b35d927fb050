import { describe, expect, it } from 'vitest'

import type { AdaptationName } from '../models/adaptations.js'
import { CALIBRATED, IS_LONG, miscalibrated, REPLICATIONS } from './calibration.js'
import { normalRanks } from './experiments.js'

/** From 32 coordinates on, loops over them run in WebAssembly: one kind of metric after another. So many quantities need fewer replications. */
const WITH_KERNELS: readonly AdaptationName[] = IS_LONG ? CALIBRATED : ['fast, diagonal', 'fast, low-rank', 'fast, dense']
const FEWER = IS_LONG ? REPLICATIONS : REPLICATIONS / 2

describe.each([
  [20, CALIBRATED, REPLICATIONS],
  [32, WITH_KERNELS, FEWER],
])('true values of %i correlated normals rank among posterior draws like any draw', (dimension, names, replications) => {
  it.each(names)('%s', { timeout: 1000 * REPLICATIONS }, async adaptation => {
    expect(await miscalibrated(adaptation, normalRanks(dimension, { adaptation }), replications)).toEqual(new Map())
  })
})
