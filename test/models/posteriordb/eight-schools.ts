import { halfCauchy, model, normal } from '@chorale/model'

/** Effects of coaching in eight schools, non-centred (Rubin 1981). */
export default model(({ data, sample, plate }) => {
  const mu = sample('mu', normal(0, 5))
  const tau = sample('tau', halfCauchy(5))
  plate('schools', data.rows, () => {
    const theta = sample('theta', normal(mu, tau), { reparameterize: 'non-centered' })
    sample('effect', normal(theta, data.vector('sigma')), { observed: data.vector('y') })
  })
})
