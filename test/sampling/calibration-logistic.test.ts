import { describe, expect, it } from 'vitest'

import { ADAPTATION_NAMES, type AdaptationName } from '../models/adaptations.js'
import { IS_LONG, miscalibrated, REPLICATIONS } from './calibration.js'
import { logisticRanks } from './experiments.js'

const names: readonly AdaptationName[] = IS_LONG ? ADAPTATION_NAMES : ['fast, auto', 'Stan, diagonal']

describe('true values of a hierarchical logistic regression rank among posterior draws like any draw', () => {
  it.each(names)('%s', { timeout: 1000 * REPLICATIONS }, async adaptation => {
    expect(await miscalibrated(adaptation, logisticRanks({ adaptation }), REPLICATIONS)).toEqual(new Map())
  })
})
