import { concatenate, logNormal, model, normal, scan, sqrt, sub, uniform } from '@chorale/model'

/** GARCH(1, 1): the variance of a day depends on the surprise and the variance of the day before (Bollerslev 1986). Starts from variance 1. */
export default model(({ data, sample }) => {
  const returns = data.series('y')
  const mu = sample('mu', normal(0, 0.5))
  const omega = sample('omega', logNormal(-1, 0.5))
  const alpha = sample('alpha', uniform(0, 1))
  const beta = sample('beta', uniform(0, sub(1, alpha)))
  const surprise = returns.sub(mu)
  const [later] = scan(1, [surprise.slice(0, -1)], ([variance], [shock]) => [
    omega.add(alpha.mul(shock!.square())).add(beta.mul(variance!)),
  ])
  sample('return', normal(mu, sqrt(concatenate(1, later!))), { observed: returns })
})
