/** How often values fall into equal parts of a range. */
export interface Histogram {
  readonly from: number
  readonly to: number
  readonly counts: readonly number[]
}

/** Of values in ascending order; those outside of the range are left out. */
export function histogram(
  ascending: Float64Array,
  { from, to, bins }: { readonly from: number; readonly to: number; readonly bins: number },
): Histogram {
  const counts = new Array<number>(bins).fill(0)
  const width = (to - from) / bins
  for (const x of ascending) {
    if (x < from || x > to) continue
    counts[Math.min(bins - 1, Math.floor((x - from) / width))]!++
  }
  return { from, to, counts }
}

const EIGHTHS = ' ▁▂▃▄▅▆▇█'

/** Columns of a histogram, some lines high, the highest one filling them. */
export function drawHistogram(counts: readonly number[], lines: number): readonly string[] {
  const highest = Math.max(...counts)
  const heights = counts.map(count => (highest === 0 ? 0 : Math.round((8 * lines * count) / highest)))
  return Array.from({ length: lines }, (_, line) => {
    const below = 8 * (lines - 1 - line)
    return heights.map(height => EIGHTHS[Math.max(0, Math.min(8, height - below))]).join('')
  })
}

/** Counts as a density: spread by a normal kernel whose bandwidth is Silverman's rule (1986, equation 3.31), so that few draws do not look like many modes. */
export function smoothed(
  { from, to, counts }: Histogram,
  { draws, spread }: { readonly draws: number; readonly spread: number },
): readonly number[] {
  const bandwidth = (0.9 * spread * counts.length) / ((to - from) * Math.exp(0.2 * Math.log(draws)))
  if (!(bandwidth > 0) || !Number.isFinite(bandwidth)) return counts
  return counts.map((_, k) => {
    let [sum, weights] = [0, 0]
    counts.forEach((count, j) => {
      const z = (j - k) / bandwidth
      const weight = Math.exp(-0.5 * z * z)
      sum += weight * count
      weights += weight
    })
    return sum / weights
  })
}
