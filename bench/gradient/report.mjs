/** Medians, quartiles, and an aligned table of them. */

/** Median and quartiles of some numbers. */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = p => {
    const place = p * (sorted.length - 1)
    const below = Math.floor(place)
    return sorted[below] + (place - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below])
  }
  return { median: at(0.5), lower: at(0.25), upper: at(0.75) }
}

/** Ratio of two sides: of their medians, and the spread of the ratios of each round. */
export function ratio(numerators, denominators) {
  return {
    ofMedians: spread(numerators).median / spread(denominators).median,
    paired: spread(numerators.map((value, round) => value / denominators[round])),
  }
}

const digits = value => (value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0)

/** `1.10 (1.05 to 1.20)`, or a dash. */
export function formatSpread(values) {
  if (!values) return '-'
  const { median, lower, upper } = spread(values)
  const places = digits(median)
  return `${median.toFixed(places)} (${lower.toFixed(places)} to ${upper.toFixed(places)})`
}

/** `1.72, paired 1.70 (1.66 to 1.75)`, or a dash. */
export function formatRatio(value) {
  if (!value) return '-'
  const { median, lower, upper } = value.paired
  return `${value.ofMedians.toFixed(2)}, paired ${median.toFixed(2)} (${lower.toFixed(2)} to ${upper.toFixed(2)})`
}

/** Lines of a table with columns as wide as their widest cell, the first one aligned left, the others right. */
export function formatTable(lines) {
  const widths = lines[0].map((_, k) => Math.max(...lines.map(line => line[k].length)))
  return lines.map(line => line.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join('  ')).join('\n')
}
