/** A direction with its variance on the scale of a diagonal metric: as it was learnt, and as the draws show it that were held out. */
export interface Direction {
  readonly at: number
  readonly learnt: number
  readonly shown: number
}

/** Directions that a metric corrects, with the variance that it gives each of them. */
export interface KeptDirections {
  readonly directions: readonly { readonly at: number; readonly variance: number }[]
  /** Times fewer leapfrog steps across the widest direction than without a correction, by the draws held out. */
  readonly gain: number
}

/** What a leapfrog step costs with so many directions, in steps without any. */
export type StepCost = (directions: number) => number

/** Logarithms further from 0 than this need no more than to be confirmed, however noisy the others are. */
const USUAL_NOISE = Math.log(2)
/** Standard deviations of the noise that a logarithm must be away from 0. */
const SURE = 2
/** Logarithms closer to 0 than this are not worth a direction. */
const LEAST = 0.01

/**
 * Of the directions that later draws confirm, those that make a draw cheapest: the widest and the narrowest first, as many as pay. A direction is confirmed
 * when its variance learnt is nearer, on the log scale, to the one shown than 1 is, and further from 1 than the two usually are from each other.
 */
export function keptDirections(found: readonly Direction[], dimension: number, stepCost: StepCost): KeptDirections {
  const noise = Math.sqrt(found.reduce((sum, { learnt, shown }) => sum + square(Math.log(shown / learnt)), 0) / found.length)
  const least = Math.max(LEAST, Math.min(USUAL_NOISE, SURE * noise))
  const confirmed = found
    .filter(({ learnt, shown }) => Math.abs(Math.log(learnt)) > least && Math.abs(Math.log(shown / learnt)) < Math.abs(Math.log(shown)))
    .map(({ at, learnt, shown }) => ({ at, shown, variance: Math.sqrt(learnt * shown) }))
    .sort((a, b) => a.variance - b.variance || a.at - b.at)
  const [narrow, wide] = cheapest(
    confirmed.map(({ variance }) => variance),
    dimension,
    stepCost,
  )
  const isKept = (_: unknown, i: number) => i < narrow || i >= confirmed.length - wide
  const after = confirmed.map(({ shown, variance }, i) => (isKept(variance, i) ? shown / variance : shown))
  const before = confirmed.map(({ shown }) => shown)
  return { directions: confirmed.filter(isKept), gain: roughness(before, dimension) / roughness(after, dimension) }
}

/** How many of the smallest and of the largest of ascending variances to correct. */
function cheapest(variances: readonly number[], dimension: number, stepCost: StepCost): readonly [narrow: number, wide: number] {
  const count = variances.length
  const firstWide = variances.filter(variance => variance < 1).length
  const mostWide = count - firstWide
  let best: readonly [number, number] = [0, 0]
  let leastCost = Infinity
  let withNarrow = variances.reduce((sum, variance) => sum + 1 / square(variance), dimension - count)
  for (let narrow = 0; narrow <= firstWide; narrow++) {
    let sum = withNarrow
    for (let wide = 0; wide <= mostWide; wide++) {
      const widest = wide < mostWide ? variances[count - 1 - wide] : 1
      const cost = Math.sqrt(widest * Math.sqrt(sum / dimension)) * stepCost(narrow + wide)
      if (cost < leastCost) {
        leastCost = cost
        best = [narrow, wide]
      }
      sum += 1 - 1 / square(widest)
    }
    if (narrow < firstWide) withNarrow += 1 - 1 / square(variances[narrow])
  }
  return best
}

const square = (x: number): number => x * x

/** Leapfrog steps across the widest direction, but for a constant: its standard deviation over the step size, (mean of 1 / variance^2)^(-1/4). */
function roughness(variances: readonly number[], dimension: number): number {
  let widest = 1
  let sum = dimension - variances.length
  for (const variance of variances) {
    widest = Math.max(widest, variance)
    sum += 1 / square(variance)
  }
  return Math.sqrt(widest * Math.sqrt(sum / dimension))
}
