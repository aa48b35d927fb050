import { halfNormal, model, normal } from '@chorale/model'

/** Linear regression on five predictors. */
export default model(({ data, sample, plate }) => {
  const x = data.matrix(['x1', 'x2', 'x3', 'x4', 'x5'])
  const beta = sample('beta', normal(0, 10), { shape: [5] })
  const sigma = sample('sigma', halfNormal(10))
  plate('rows', data.rows, () => sample('y', normal(x.dot(beta), sigma), { observed: data.vector('y') }))
})
