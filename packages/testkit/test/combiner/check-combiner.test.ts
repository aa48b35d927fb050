import { describe, expect, it } from 'vitest'
import { defineCombiner, type CombinedDraws, type CombinerDefinition, type SubPosteriorDraws } from '@chorale/core/contracts'
import { createStream } from '@chorale/random'
import { checkCombiner, formatReport } from '../../src/index.js'
import { invert, productOf, type Gaussian } from '../../src/combiner/gaussian-shards.js'
import { momentsOf } from '../../src/moments.js'
import { failuresOf } from '../failures-of.js'

type AnyCombiner = Parameters<typeof checkCombiner>[0]
type Matrix = Gaussian['precision']

/** The Gaussian with the moments of a shard's draws. */
async function fit(shard: SubPosteriorDraws): Promise<Gaussian> {
  const { mean, covariance } = momentsOf(await shard.draws())
  return { mean: [mean[0]!, mean[1]!], precision: invert([...covariance] as unknown as Matrix) }
}

function sample({ mean, precision }: Gaussian, size: number, key: readonly [number, number]): CombinedDraws {
  const [v11, v12, , v22] = invert(precision)
  const [l11, l21] = [Math.sqrt(v11), v12 / Math.sqrt(v11)]
  const l22 = Math.sqrt(v22 - l21 * l21)
  const stream = createStream(key)
  const values = new Float64Array(2 * size)
  for (let i = 0; i < size; i++) {
    const [z1, z2] = [stream.normal(), stream.normal()]
    values.set([mean[0] + l11 * z1, mean[1] + l21 * z1 + l22 * z2], 2 * i)
  }
  return { draws: { draws: size, dimension: 2, values } }
}

/** The product of Gaussians fitted to the draws: right, and short enough to be broken in every way. */
const product = defineCombiner({
  name: 'product',
  summary: 'Product of fitted Gaussians',
  needs: { draws: true, evaluator: 'never' },
  combine: async (shards, { key, size }) => sample(productOf(await Promise.all(shards.map(fit))), size, key),
})

type Combine = (typeof product)['combine']
const combining = (combine: Combine): typeof product => ({ ...product, combine })
const changed = (change: (combined: CombinedDraws) => CombinedDraws): typeof product =>
  combining(async (shards, context) => change(await product.combine(shards, context)))
const mapFits = (change: (fits: readonly Gaussian[]) => readonly Gaussian[]): typeof product =>
  combining(async (shards, { key, size }) => sample(productOf(change(await Promise.all(shards.map(fit)))), size, key))

/** Independent coordinates: what combining parameter by parameter comes to. */
const diagonal = ({ mean, precision }: Gaussian): Gaussian => {
  const [v11, , , v22] = invert(precision)
  return { mean, precision: [1 / v11, 0, 0, 1 / v22] }
}

/** Importance weights of the draws of the first shard: right, but for a finite sample. */
const reweighting: CombinerDefinition<{ draws: true; evaluator: 'required' }, object> = {
  name: 'reweighting',
  summary: 'Importance weights from the evaluator',
  needs: { draws: true, evaluator: 'required' },
  combine: async (shards, { key, size, evaluator, signal }) => {
    const centre = productOf(await Promise.all(shards.map(fit)))
    const wide: Gaussian = { mean: centre.mean, precision: centre.precision.map(p => p / 1.5) as unknown as Matrix }
    const { draws } = sample(wide, size, key)
    const logDensity = await evaluator.evaluate(draws, { signal })
    const logWeights = logDensity.map((target, i) => {
      const [x, y] = [draws.values[2 * i]! - wide.mean[0], draws.values[2 * i + 1]! - wide.mean[1]]
      const [a, b, c, d] = wide.precision
      return target + 0.5 * (x * (a * x + b * y) + y * (c * x + d * y))
    })
    return { draws, logWeights, diagnostics: { proposals: size } }
  },
}

describe('the combiner suite', () => {
  it.each([product, reweighting] as readonly AnyCombiner[])('passes $name', async combiner => {
    const report = await checkCombiner(combiner)
    expect(failuresOf(report), formatReport(report)).toEqual([])
    expect(report.checks.every(({ status }) => status === 'passed')).toBe(true)
  })

  it('gives moments alone to a combiner that needs no draws', async () => {
    let sawDraws = false
    await checkCombiner({
      ...product,
      needs: { draws: false, evaluator: 'never' },
      combine: shards => {
        sawDraws ||= shards.some(shard => 'draws' in shard)
        throw new Error('enough seen')
      },
    })
    expect(sawDraws).toBe(false)
  })

  let calls = 0
  const GAUSSIAN = 'is right for correlated Gaussian sub-posteriors'
  const ONE = 'is right for one shard'
  const FINITE = 'gives finite draws, weights and diagnostics'
  const ORDER = 'does not depend on the order of the shards'
  const flawed: readonly {
    readonly flaw: string
    readonly combiner: AnyCombiner
    readonly caughtBy: readonly string[]
  }[] = [
    {
      flaw: 'needs that do not exist',
      combiner: { ...product, needs: { draws: true, evaluator: 'sometimes' as never } },
      caughtBy: ['says what it needs'],
    },
    { flaw: 'no draws', combiner: changed(() => ({}) as CombinedDraws), caughtBy: ['combines sub-posteriors'] },
    {
      flaw: 'a number of draws of its own',
      combiner: combining((shards, context) => product.combine(shards, { ...context, size: Math.min(context.size, 4000) })),
      caughtBy: ['gives the number of draws that is wanted'],
    },
    { flaw: 'a NaN', combiner: changed(combined => ({ ...combined, diagnostics: { distance: NaN } })), caughtBy: [FINITE] },
    {
      flaw: 'weights for other draws',
      combiner: changed(combined => ({ ...combined, logWeights: new Float64Array(combined.draws.draws + 1) })),
      caughtBy: [FINITE],
    },
    {
      flaw: 'randomness of its own',
      combiner: combining((shards, context) => product.combine(shards, { ...context, key: [1, calls++] })),
      caughtBy: ['gives the same bytes for the same key'],
    },
    {
      flaw: 'sorting its input in place',
      combiner: combining(async (shards, context) => {
        const combined = await product.combine(shards, context)
        ;(await shards[0]!.draws()).values.reverse()
        return combined
      }),
      caughtBy: ['leaves its inputs as they are'],
    },
    {
      flaw: 'a single shard passed through as a standard normal',
      combiner: mapFits(fits => (fits.length === 1 ? [{ mean: [0, 0], precision: [1, 0, 0, 1] }] : fits)),
      caughtBy: [ONE],
    },
    {
      flaw: 'parameters combined one by one',
      combiner: mapFits(fits => (fits.length === 1 ? fits : fits.map(diagonal))),
      caughtBy: [GAUSSIAN],
    },
    {
      flaw: 'the first shard counted twice',
      combiner: mapFits(fits => (fits.length === 1 ? fits : [fits[0]!, ...fits])),
      caughtBy: [GAUSSIAN, ORDER],
    },
  ]

  it.each(flawed)('catches $flaw', async ({ combiner, caughtBy }) => {
    const report = await checkCombiner(combiner)
    expect(failuresOf(report), formatReport(report)).toEqual(caughtBy)
  })
})
