/** Density at the trough between two modes over that of the lower peak: above this it is one mode with a shoulder. */
const DEEPEST_SHOULDER = 0.5
const ITERATIONS = 30

/** A cut of scalars into two modes. */
export interface TwoModes {
  /** 1 for values that belong to the lower mode. */
  readonly below: Uint8Array
  /** Log likelihood that two normal components gain over one. */
  readonly gain: number
}

/**
 * Whether scalars have two separated modes: a mixture of two normals, fitted by EM, must have a trough at most half as high as its lower peak, both parts at least
 * `least` values, and a log likelihood that beats one normal by more than its five parameters and the search of a direction in `dimension` coordinates explain.
 * Skewed and heavy-tailed values gain likelihood too, but have no trough.
 */
export function twoModes(
  values: Float64Array,
  { least, dimension }: { readonly least: number; readonly dimension: number },
): TwoModes | undefined {
  const count = values.length
  let best: TwoModes | undefined
  const all = momentsOf(values, values.map(() => 1)) // prettier-ignore
  for (const cut of likelyCuts(values)) {
    const fit = fitTwo(values, cut)
    if (fit === undefined) continue
    const { components, logLikelihood } = fit
    const [low, high] = components
    if (Math.min(low.weight, high.weight) * count < least) continue
    const gain = logLikelihood - count * (-0.5 * Math.log(2 * Math.PI * all.variance) - 0.5)
    if (gain < 8 + 1.5 * Math.log(count) + 4 * (dimension - 1)) continue
    if (troughRatio(components) > DEEPEST_SHOULDER) continue
    const below = Uint8Array.from(values, value => (logDensity(low, value) > logDensity(high, value) ? 1 : 0))
    const inside = below.reduce((sum, value) => sum + value, 0)
    if (Math.min(inside, count - inside) < least) continue
    if (best === undefined || gain > best.gain) best = { below, gain }
  }
  return best
}

/** Where EM starts; none for values whose best cut explains no more variance than that of a normal does (0.64) and whose tails are not heavier. */
function likelyCuts(values: Float64Array): number[] {
  const count = values.length
  const sorted = values.slice().sort()
  const { mean, variance } = momentsOf(values, values.map(() => 1)) // prettier-ignore
  let fourth = 0
  for (const value of values) {
    const square = ((value - mean) * (value - mean)) / variance
    fourth += (square * square) / count
  }
  let [below, explained, cut] = [0, 0, 0]
  for (let i = 0; i < count - 1; i++) {
    below += sorted[i] - mean
    const between = ((below / count) * (below / count) * count * count) / ((i + 1) * (count - i - 1)) / variance
    if (between > explained) [explained, cut] = [between, sorted[i]]
  }
  const at = (share: number): number => sorted[Math.floor(share * count)]
  return [...(explained > 0.67 ? [cut] : []), ...(fourth > 3.7 ? [at(0.04), at(0.96)] : [])]
}

interface Normal {
  readonly weight: number
  readonly mean: number
  readonly variance: number
}

const logDensity = ({ weight, mean, variance }: Normal, value: number): number =>
  Math.log(weight) - 0.5 * Math.log(2 * Math.PI * variance) - (0.5 * (value - mean) * (value - mean)) / variance

function fitTwo(values: Float64Array, cut: number): { components: [Normal, Normal]; logLikelihood: number } | undefined {
  let components = [momentsOf(values, values.map(value => (value <= cut ? 1 : 0))), momentsOf(values, values.map(value => (value > cut ? 1 : 0)))] // prettier-ignore
  const smallest = 1e-4 * momentsOf(values, values.map(() => 1)).variance // prettier-ignore
  let logLikelihood = -Infinity
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    if (!components.every(({ weight, variance }) => weight > 0 && variance > smallest)) return undefined
    const first = new Float64Array(values.length)
    let total = 0
    for (let i = 0; i < values.length; i++) {
      const [a, b] = [logDensity(components[0], values[i]), logDensity(components[1], values[i])]
      const top = Math.max(a, b)
      const sum = Math.exp(a - top) + Math.exp(b - top)
      first[i] = Math.exp(a - top) / sum
      total += top + Math.log(sum)
    }
    components = [momentsOf(values, first), momentsOf(values, first.map(value => 1 - value))] // prettier-ignore
    if (total - logLikelihood < 1e-4 * values.length) {
      logLikelihood = total
      break
    }
    logLikelihood = total
  }
  if (!components.every(({ weight, variance }) => weight > 0 && variance > smallest)) return undefined
  const [a, b] = components
  return { components: a.mean <= b.mean ? [a, b] : [b, a], logLikelihood }
}

function momentsOf(values: Float64Array, weights: Float64Array): Normal {
  let total = 0
  let mean = 0
  for (let i = 0; i < values.length; i++) {
    total += weights[i]
    mean += weights[i] * values[i]
  }
  mean /= total
  let variance = 0
  for (let i = 0; i < values.length; i++) variance += weights[i] * (values[i] - mean) * (values[i] - mean)
  return { weight: total / values.length, mean, variance: variance / total }
}

function troughRatio([low, high]: [Normal, Normal]): number {
  const density = (value: number): number => Math.exp(logDensity(low, value)) + Math.exp(logDensity(high, value))
  const peak = Math.min(density(low.mean), density(high.mean))
  let trough = Infinity
  for (let step = 0; step <= 50; step++) trough = Math.min(trough, density(low.mean + (step / 50) * (high.mean - low.mean)))
  return trough / peak
}
