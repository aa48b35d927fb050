/** log(sum(exp(values))) without overflow; -Infinity for none or all -Infinity, NaN when one is NaN. */
export function logSumExp(values: Float64Array): number {
  let largest = -Infinity
  for (const value of values) {
    if (Number.isNaN(value)) return NaN
    if (value > largest) largest = value
  }
  if (!Number.isFinite(largest)) return largest
  let sum = 0
  for (const value of values) sum += Math.exp(value - largest)
  return largest + Math.log(sum)
}
