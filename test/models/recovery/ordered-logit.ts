import { model, normal, orderedLogistic, vector } from '@chorale/model'

/** Answers on a scale of four steps, by one predictor. */
export default model(({ data, sample, plate }) => {
  const beta = sample('beta', normal(0, 1))
  const cut = sample('cut', normal(0, 2), { shape: [3], support: vector('ordered') })
  plate('people', data.rows, () => sample('answer', orderedLogistic(data.vector('x').mul(beta), cut), { observed: data.vector('answer') }))
})
