import { add, halfCauchy, model, normal } from '@chorale/model'

const LAGS = [1, 2, 3, 4, 5]

/** Autoregression of order five. */
export default model(({ data, sample }) => {
  const y = data.series('y')
  const alpha = sample('alpha', normal(0, 10))
  const beta = sample('beta', normal(0, 10), { shape: [LAGS.length] })
  const sigma = sample('sigma', halfCauchy(2.5))
  const past = LAGS.map(lag => y.slice(LAGS.length - lag, y.length - lag).mul(beta.at(lag - 1)))
  sample('now', normal(add(alpha, ...past), sigma), { observed: y.slice(LAGS.length) })
})
