/** y ~ Normal(mu, 1), mu ~ Normal(0, 1), by hand. Reads its column at every gradient and copies nothing. */
export default {
  rows: 'independent',
  dataNames: ['y'],
  bind(data) {
    const y = data.column('y')
    return {
      parameters: [{ name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 }],
      dimension: 1,
      logDensityInto(gradient, [mu], { prior, likelihood }) {
        let sum = 0
        let squares = 0
        for (let i = 0; i < y.length; i++) {
          const z = y[i] - mu
          sum += z
          squares += z * z
        }
        gradient[0] = likelihood * sum - prior * mu
        return -0.5 * (likelihood * squares + prior * mu * mu)
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }
  },
}
