import { defineCombiner, type CombinedDraws, type CombinerDefinition, type SubPosteriorDraws } from '@chorale/core/contracts'
import { createStream } from '@chorale/random'
import { invert, productOf, type Gaussian } from '../../src/combiner/gaussian-shards.js'
import { momentsOf } from '../../src/moments.js'
import type { AnyCombiner } from '../../src/combiner/trial.js'

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
export const product = defineCombiner({
  name: 'product',
  summary: 'Product of fitted Gaussians',
  needs: { draws: true, evaluator: 'never' },
  combine: async (shards, { key, size }) => sample(productOf(await Promise.all(shards.map(fit))), size, key),
})

type Combine = (typeof product)['combine']
export const combining = (combine: Combine): typeof product => ({ ...product, combine })
export const changed = (change: (combined: CombinedDraws, shards: readonly SubPosteriorDraws[]) => CombinedDraws): typeof product =>
  combining(async (shards, context) => change(await product.combine(shards, context), shards))
export const mapFits = (change: (fits: readonly Gaussian[]) => readonly Gaussian[]): typeof product =>
  combining(async (shards, { key, size }) => sample(productOf(change(await Promise.all(shards.map(fit)))), size, key))

/** Independent coordinates: what combining parameter by parameter comes to. */
export const diagonal = ({ mean, precision }: Gaussian): Gaussian => {
  const [v11, , , v22] = invert(precision)
  return { mean, precision: [1 / v11, 0, 0, 1 / v22] }
}

type Evaluated = CombinerDefinition<{ draws: true; evaluator: 'required' }, object>

/** What a broken combiner with an evaluator does otherwise. */
export interface EvaluationFlaws {
  /** Asks about so many more positions. */
  readonly asksAgain?: number
  readonly ownSignal?: boolean
  readonly swallowsFailures?: boolean
  readonly result?: (combined: CombinedDraws) => CombinedDraws
}

/** Draws of a wider Gaussian than the product, with importance weights: right, but for a finite sample. */
export function reweighting(flaws: EvaluationFlaws = {}): AnyCombiner {
  const combine: Evaluated['combine'] = async (shards, { key, size, evaluator, signal }) => {
    const centre = productOf(await Promise.all(shards.map(fit)))
    const wide: Gaussian = { mean: centre.mean, precision: centre.precision.map(p => p / 1.5) as unknown as Matrix }
    const { draws } = sample(wide, size, key)
    const options = { signal: flaws.ownSignal === true ? new AbortController().signal : signal }
    for (let i = 0; i < (flaws.asksAgain ?? 0); i++) await evaluator.evaluate(draws, options)
    const logDensity = await evaluator.evaluate(draws, options).catch((error: unknown) => {
      if (flaws.swallowsFailures === true) return new Float64Array(size)
      throw error
    })
    const logWeights = logDensity.map((target, i) => {
      const [x, y] = [draws.values[2 * i]! - wide.mean[0], draws.values[2 * i + 1]! - wide.mean[1]]
      const [a, b, c, d] = wide.precision
      return target + 0.5 * (x * (a * x + b * y) + y * (c * x + d * y))
    })
    const check = { paretoK: 0.1, kThreshold: 0.7, weightEss: size / 2, positions: size, coverage: null }
    const combined: CombinedDraws = { draws, logWeights, check, diagnostics: { proposals: size } }
    return flaws.result?.(combined) ?? combined
  }
  return {
    name: 'reweighting',
    summary: 'Importance weights from the evaluator',
    needs: { draws: true, evaluator: 'required' },
    combine,
  } as Evaluated
}

/** Uses an evaluator where it gets one. */
export const optional = (withoutOne: 'combines' | 'throws'): AnyCombiner =>
  defineCombiner({
    name: 'optional',
    summary: 'Product of fitted Gaussians, which asks where it may',
    needs: { draws: true, evaluator: 'optional' },
    combine: async (shards, { evaluator, ...context }) => {
      if (!evaluator && withoutOne === 'throws') throw new Error('no evaluator')
      const combined = await product.combine(shards, { ...context, evaluator: undefined })
      await evaluator?.evaluate({ draws: 10, dimension: 2, values: combined.draws.values.slice(0, 20) }, context)
      return combined
    },
  }) as AnyCombiner

/** Takes inflated sub-posteriors, and fractionated ones: their powers say which they are. */
export const either = (takes: 'both' | 'inflated'): AnyCombiner => ({
  ...combining(async (shards, { key, size }) => {
    const scale = shards[0]!.powers.likelihood
    if (takes === 'inflated' && scale === 1 && shards.length > 1) throw new Error('not inflated')
    const fits = await Promise.all(shards.map(fit))
    return sample(
      productOf(fits.map(({ mean, precision }) => ({ mean, precision: precision.map(p => p / scale) as unknown as Matrix }))),
      size,
      key,
    )
  }),
  name: 'either',
  subPosteriors: 'either',
})
