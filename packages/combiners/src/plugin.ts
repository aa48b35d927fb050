import { definePlugin } from '@chorale/core/contracts'
import { amis } from './amis/amis.js'
import { auto } from './auto/auto.js'
import { consensus } from './averages/consensus.js'
import { dpe, semiparametric } from './dpe/dpe.js'
import { edgeworth } from './edgeworth/edgeworth.js'
import { gaussian } from './gaussian/gaussian.js'
import { barycenter } from './barycenter/barycenter.js'
import { modes } from './modes/modes.js'
import { mposterior } from './mposterior/mposterior.js'
import { part } from './part/part.js'
import { robust } from './robust/robust.js'
import { simpleAverage } from './averages/simple-average.js'
import { swiss } from './swiss/swiss.js'
import { weierstrass } from './weierstrass/weierstrass.js'
import { weightedGaussian } from './averages/weighted-gaussian.js'

/** The combiners of this package, as a plugin. */
export const plugin = definePlugin({
  name: '@chorale/combiners',
  apiVersion: 1,
  combiners: [
    auto,
    amis,
    gaussian,
    consensus,
    edgeworth,
    weierstrass,
    dpe,
    semiparametric,
    part,
    robust,
    swiss,
    barycenter,
    mposterior,
    modes,
    weightedGaussian,
    simpleAverage,
  ],
})
