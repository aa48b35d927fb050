import { sortedQuantile } from '@chorale/diagnostics'

/** Points of a curve. */
const POINTS = 80
/** Bins that draws are counted in before they are smoothed: their width is far below the bandwidth. */
const BINS = 512

export interface Grid {
  readonly from: number
  readonly to: number
}

export interface Curve {
  readonly x: readonly number[]
  readonly density: readonly number[]
}

/** From the 0.1 % to the 99.9 % quantile, and a tenth of that beyond, so that a far draw does not flatten the curve. undefined for draws that are all equal. */
export function rangeOf(ascending: Float64Array): Grid | undefined {
  const [low, high] = [sortedQuantile(ascending, 0.001), sortedQuantile(ascending, 0.999)]
  if (!(high > low) || !Number.isFinite(high - low)) return undefined
  const margin = (high - low) / 10
  return { from: low - margin, to: high + margin }
}

/** Share of the draws within a bandwidth of their end from which on the end is taken for a bound. */
const PILED = 0.05

/** As many draws are smoothed one by one: bins between a few far draws could be wider than the bandwidth. */
const FEW = 2 * BINS

/** Values between which there is some density for certain. */
interface Known {
  readonly least: number
  readonly most: number
}

/**
 * Density of draws by a normal kernel; its bandwidth is Silverman's rule (1986, equation 3.31) for as many draws as are different: those of a
 * combination may be drawn again and again. Where draws pile up at an end of their range, the weight that falls over it is
 * reflected, so that the density of a positive quantity does not fall towards zero. `known`: what an end cannot be inside of. Default: the draws.
 */
export function kernelDensity(ascending: Float64Array, { from, to }: Grid, known?: Known): Curve {
  const n = ascending.length
  const x = Array.from({ length: POINTS }, (_, k) => from + ((to - from) * k) / (POINTS - 1))
  const bandwidth = silverman(ascending)
  if (!(bandwidth > 0)) return { x, density: x.map(() => 0) }
  const [least, most] = [ascending[0]!, ascending[n - 1]!]
  const piled = Math.min(n - 1, Math.ceil(PILED * n))
  const bounds = {
    lower: ascending[piled]! - least < bandwidth ? Math.min(least, known?.least ?? least) : undefined,
    upper: most - ascending[n - 1 - piled]! < bandwidth ? Math.max(most, known?.most ?? most) : undefined,
  }
  const bins = n > FEW ? binned(ascending) : Array.from(ascending, center => ({ center, count: 1 }))
  const scale = 1 / (n * bandwidth * Math.sqrt(2 * Math.PI))
  const kernel = (distance: number): number => Math.exp((-0.5 * (distance * distance)) / (bandwidth * bandwidth))
  const density = x.map(at => {
    if (at < (bounds.lower ?? -Infinity) || at > (bounds.upper ?? Infinity)) return 0
    let sum = 0
    for (const { center, count } of bins) {
      sum += count * kernel(at - center)
      if (bounds.lower !== undefined) sum += count * kernel(at - (2 * bounds.lower - center))
      if (bounds.upper !== undefined) sum += count * kernel(at - (2 * bounds.upper - center))
    }
    return sum * scale
  })
  return { x, density }
}

/** The parts of the range of the draws that have any. */
function binned(ascending: Float64Array): readonly { readonly center: number; readonly count: number }[] {
  const [least, most] = [ascending[0]!, ascending.at(-1)!]
  const width = (most - least) / BINS
  const counts = new Float64Array(BINS)
  for (const draw of ascending) counts[Math.min(BINS - 1, Math.floor((draw - least) / width))]! += 1
  return Array.from(counts, (count, bin) => ({ center: least + (bin + 0.5) * width, count })).filter(({ count }) => count > 0)
}

function silverman(ascending: Float64Array): number {
  const n = ascending.length
  const mean = ascending.reduce((a, b) => a + b, 0) / n
  const sd = Math.sqrt(ascending.reduce((total, draw) => total + (draw - mean) * (draw - mean), 0) / (n - 1))
  const different = ascending.reduce((count, draw, i) => (i > 0 && draw === ascending[i - 1] ? count : count + 1), 0)
  const quartiles = (sortedQuantile(ascending, 0.75) - sortedQuantile(ascending, 0.25)) / 1.34
  return (0.9 * (quartiles > 0 ? Math.min(sd, quartiles) : sd)) / Math.exp(0.2 * Math.log(different))
}
