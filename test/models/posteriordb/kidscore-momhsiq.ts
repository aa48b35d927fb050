import { concatenate, flat, halfCauchy, model, normal } from '@chorale/model'

/** Test scores of children by their mothers' high-school degree and IQ, with flat priors of the coefficients (Gelman & Hill 2007, chapter 3). */
export default model(({ data, sample, plate }) => {
  const predictors = concatenate(1, data.vector('mom_hs'), data.vector('mom_iq'))
  const beta = sample('beta', flat(), { shape: [3] })
  const sigma = sample('sigma', halfCauchy(2.5))
  plate('children', data.rows, () => sample('score', normal(predictors.dot(beta), sigma), { observed: data.vector('kid_score') }))
})
