/** Arithmetic mean; a second pass over the residuals removes the rounding error of the first. NaN for an empty array. */
export function mean(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  const first = sum / values.length
  if (!Number.isFinite(first)) return first
  let residual = 0
  for (let i = 0; i < values.length; i++) residual += values[i] - first
  return first + residual / values.length
}

/** Sample variance, divided by n - 1. NaN for fewer than two values. */
export function variance(values: Float64Array): number {
  const center = mean(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i] - center) * (values[i] - center)
  return values.length < 2 ? NaN : sum / (values.length - 1)
}
