/** Eight schools, centred: q = mu, log tau, theta. As tau goes to 0 with all theta at mu, the density grows without end. */
export function centredSchools(gradient: Float64Array, q: Float64Array): number {
  const effects = [28, 8, -3, 7, -1, 1, 18, 12]
  const errors = [15, 10, 16, 11, 9, 11, 10, 18]
  const tau = Math.exp(q[1])
  const ratio = (tau * tau) / 25
  let logDensity = (-q[0] * q[0]) / 50 - Math.log1p(ratio) + q[1]
  gradient[0] = -q[0] / 25
  gradient[1] = 1 - (2 * ratio) / (1 + ratio)
  effects.forEach((y, j) => {
    const z = (q[2 + j] - q[0]) / tau
    const residual = (y - q[2 + j]) / errors[j]
    logDensity -= 0.5 * (z * z + residual * residual) + q[1]
    gradient[0] += z / tau
    gradient[1] += z * z - 1
    gradient[2 + j] = residual / errors[j] - z / tau
  })
  return logDensity
}
