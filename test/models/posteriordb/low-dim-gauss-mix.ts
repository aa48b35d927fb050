import { beta, halfNormal, mixture, model, normal, sub, vector } from '@chorale/model'

/** Two normal distributions, told apart by the order of their means. */
export default model(({ data, sample, plate }) => {
  const mu = sample('mu', normal(0, 2), { shape: [2], support: vector('ordered') })
  const sigma = sample('sigma', halfNormal(2), { shape: [2] })
  const theta = sample('theta', beta(5, 5))
  const components = [0, 1].map(k => normal(mu.at(k), sigma.at(k)))
  plate('rows', data.rows, () => sample('y', mixture([theta, sub(1, theta)], components), { observed: data.vector('y') }))
})
