/** A module: y ~ Normal(mu, exp(logSigma)), both parameters ~ Normal(0, 1). It throws where the column `throws` says so. */
export const TRIAL_MODEL = `
const parameter = (name, offset) => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 })

export default {
  rows: 'independent',
  dataNames: ['y', 'throws'],
  bind(data) {
    const y = data.column('y')
    const throws = data.column('throws')[0] === 1
    return {
      parameters: [parameter('mu', 0), parameter('logSigma', 1)],
      dimension: 2,
      logDensityInto(gradient, [mu, logSigma], { prior, likelihood }) {
        if (throws) throw new Error('this shard throws on purpose')
        const precision = Math.exp(-2 * logSigma)
        let sum = 0
        let squares = 0
        for (const value of y) {
          sum += value - mu
          squares += (value - mu) * (value - mu)
        }
        gradient[0] = -prior * mu + likelihood * precision * sum
        gradient[1] = -prior * logSigma + likelihood * (precision * squares - y.length)
        return -0.5 * prior * (mu * mu + logSigma * logSigma) - likelihood * (0.5 * precision * squares + y.length * logSigma)
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }
  },
}
`
