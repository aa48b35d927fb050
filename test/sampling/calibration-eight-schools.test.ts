import { describe, expect, it } from 'vitest'

import { CALIBRATED, miscalibrated, REPLICATIONS } from './calibration.js'
import { eightSchoolsRanks } from './experiments.js'

describe('true values of eight schools rank among posterior draws like any draw', () => {
  it.each(CALIBRATED)('%s', { timeout: 1000 * REPLICATIONS }, async adaptation => {
    expect(await miscalibrated(adaptation, eightSchoolsRanks({ adaptation }), REPLICATIONS)).toEqual(new Map())
  })
})
