import { expect, it } from 'vitest'
import { prngKey } from '@chorale/random'
import { createAdaptation } from '../../src/adaptation/create-adaptation.js'
import { createChain } from '../../src/chain/chain.js'
import { warmUp } from '../../src/chain/warm-up.js'
import { idlePacer, targetOf } from '../chains.js'
import { independentNormals } from '../densities.js'

const dimension = 20
const sds = Array.from({ length: dimension }, (_, i) => 10 ** ((4 * i) / (dimension - 1) - 2))

/** Gradients of a warm-up that starts at this multiple of every standard deviation. */
async function gradientsOfWarmUp(multiple: number): Promise<number> {
  const density = independentNormals(sds)
  let gradients = 0
  const target = targetOf(dimension, (gradient, x) => {
    gradients++
    return density(gradient, x)
  })
  const start = Float64Array.from(sds, sd => multiple * sd)
  const gradient = new Float64Array(dimension)
  density(gradient, start)
  const adaptation = createAdaptation({ dimension, warmup: 400, targetAcceptProb: 0.8, start: { gradient } })
  const chain = createChain(target, start, prngKey(3), idlePacer(), { maxTreeDepth: 10, metric: adaptation.metric })
  await warmUp(chain, adaptation, 0, () => undefined)
  return gradients
}

it('a start next to the mode costs at most twice the gradients of an ordinary one', async () => {
  expect(await gradientsOfWarmUp(1e-9)).toBeLessThan(2 * (await gradientsOfWarmUp(1)))
})
