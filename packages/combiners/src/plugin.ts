import { definePlugin } from '@chorale/core/contracts'
import { consensus } from './consensus.js'
import { gaussian } from './gaussian.js'
import { robustConsensus } from './robust-consensus.js'
import { simpleAverage } from './simple-average.js'

/** The combiners of this package, as a plugin. */
export const plugin = definePlugin({
  name: '@chorale/combiners',
  apiVersion: 1,
  combiners: [gaussian, consensus, robustConsensus, simpleAverage],
})
