import { createAdaptation, type Adaptation, type AdaptationKind, type AdaptationOptions, type MetricChoice } from '@chorale/sampler'

/** How a chain of a test learns its metric and step size. */
export interface AdaptationPlan {
  readonly adaptation: AdaptationKind
  readonly metric: MetricChoice
  readonly earlyStop: boolean
  /** Iterations of warm-up, unless a test says how many. */
  readonly warmup: number
}

const fast = (metric: MetricChoice, more: { readonly earlyStop?: boolean } = {}): AdaptationPlan => ({
  adaptation: 'fast',
  metric,
  earlyStop: false,
  warmup: 400,
  ...more,
})

const stan = (metric: MetricChoice): AdaptationPlan => ({ adaptation: 'stan', metric, earlyStop: false, warmup: 1000 })

/** Every way to warm up that users may choose. What is true of draws must be true with each. */
export const ADAPTATIONS = {
  'fast, auto': fast('auto'),
  'fast, diagonal': fast('diagonal'),
  'fast, diagonal, early stop': fast('diagonal', { earlyStop: true }),
  'fast, low-rank': fast('low-rank'),
  'fast, dense': fast('dense'),
  'Stan, diagonal': stan('diagonal'),
  'Stan, dense': stan('dense'),
  'Stan, low-rank': stan('low-rank'),
} satisfies Readonly<Record<string, AdaptationPlan>>

export type AdaptationName = keyof typeof ADAPTATIONS

/** What chains learn by where nothing is said. */
export const DEFAULT_ADAPTATION: AdaptationName = 'fast, auto'

export const ADAPTATION_NAMES = Object.keys(ADAPTATIONS) as readonly AdaptationName[]

export const adaptationOf = (
  name: AdaptationName,
  chain: Pick<AdaptationOptions, 'dimension' | 'warmup' | 'targetAcceptProb' | 'start'>,
): Adaptation => createAdaptation({ ...ADAPTATIONS[name], ...chain })
