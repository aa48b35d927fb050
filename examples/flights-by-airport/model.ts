/**
 * How do airports differ in late departures? Every airport has an intercept of its own, drawn from a distribution over airports.
 *
 *   late[i] ~ Bernoulli(1 / (1 + exp(-eta[i]))),   eta[i] = intercept[origin[i]] + slope log(distance[i] / 1000 miles)
 *   intercept[a] ~ Normal(mean, spread)
 */
import { bernoulliLogit, greaterThan, halfNormal, log, model, normal } from 'chorale'

const LATE_MINUTES = 15

export default model(({ data, sample, plate }) => {
  const origin = data.index('origin')
  const late = greaterThan(data.vector('delay'), LATE_MINUTES)
  const thousandMiles = data.vector('distance').div(1000)

  const mean = sample('mean', normal(0, 2.5))
  const spread = sample('spread', halfNormal(1))
  const slope = sample('slope', normal(0, 1))
  // Most airports have few flights, which say less of an intercept than the distribution over airports does: non-centred, they do not hold the spread back.
  const intercept = plate('airports', origin, { local: true }, () =>
    sample('intercept', normal(mean, spread), { reparameterize: 'non-centered' }),
  )
  plate('flights', data.rows, () =>
    sample('late', bernoulliLogit(intercept.at(origin).add(log(thousandMiles).mul(slope))), { observed: late }),
  )
})
