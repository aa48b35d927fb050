import { combinerContract } from '@chorale/testkit'
import { describe, expect, it } from 'vitest'
import {
  amis,
  barycenter,
  consensus,
  edgeworth,
  gaussian,
  modes,
  mposterior,
  robust,
  simpleAverage,
  swiss,
  weierstrass,
  weightedGaussian,
} from '../src/index.js'

const combiners = [gaussian, consensus, edgeworth, amis, modes, robust, swiss, barycenter, mposterior, weierstrass]

describe.each(combiners)('the contract of combiners, kept by $name', combiner => {
  for (const { name, skip, run } of combinerContract(combiner)) it.skipIf(skip)(name, run, 60_000)
})

describe.each([weightedGaussian, simpleAverage])(
  'the contract of combiners and $name, which is exact for independent parameters only',
  combiner => {
    const INEXACT = 'is right for correlated Gaussian sub-posteriors'
    for (const { name, skip, run } of combinerContract(combiner)) {
      if (name === INEXACT) it(`breaks: ${name}`, () => expect(run()).rejects.toThrow('Monte Carlo error explains'), 60_000)
      else it.skipIf(skip)(name, run, 60_000)
    }
  },
)
