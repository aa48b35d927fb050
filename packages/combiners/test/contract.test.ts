import { combinerContract } from '@chorale/testkit'
import { describe, expect, it } from 'vitest'
import {
  amis,
  auto,
  barycenter,
  consensus,
  dpe,
  edgeworth,
  gaussian,
  modes,
  mposterior,
  part,
  robust,
  semiparametric,
  simpleAverage,
  swiss,
  weierstrass,
  weightedGaussian,
} from '../src/index.js'

const combiners = [
  auto,
  dpe,
  semiparametric,
  gaussian,
  consensus,
  edgeworth,
  amis,
  modes,
  robust,
  swiss,
  barycenter,
  mposterior,
  weierstrass,
]

describe.each(combiners)('the contract of combiners, kept by $name', combiner => {
  for (const { name, skip, run } of combinerContract(combiner)) it.skipIf(skip)(name, run, 60_000)
})

/** By what each is known to miss the product of Gaussians. */
const inexact = [
  { combiner: weightedGaussian, by: 'taking parameters as independent' },
  { combiner: simpleAverage, by: 'taking shards as alike' },
  { combiner: part, by: 'blurring draws over blocks' },
]

describe.each(inexact)('the contract of combiners and $combiner.name, which is inexact by $by', ({ combiner }) => {
  const INEXACT = 'is right for correlated Gaussian sub-posteriors'
  for (const { name, skip, run } of combinerContract(combiner)) {
    if (name === INEXACT) it(`breaks: ${name}`, () => expect(run()).rejects.toThrow('Monte Carlo error explains'), 60_000)
    else it.skipIf(skip)(name, run, 60_000)
  }
})
