import { add, diagonalMatrix, exp, gamma, halfNormal, model, mul, multivariateNormal, outer, value } from '@chorale/model'

/** Regression by a Gaussian process with a squared exponential kernel; `sigma` is the variance of the noise. */
export default model(({ data, sample }) => {
  const x = data.series('x')
  const ones = value(Array.from({ length: x.length }, () => 1))
  const squaredDistance = add(outer(x.square(), ones), outer(ones, x.square()), outer(x, x).mul(-2))
  const rho = sample('rho', gamma(25, 4))
  const alpha = sample('alpha', halfNormal(2))
  const sigma = sample('sigma', halfNormal(1))
  const covariance = alpha
    .square()
    .mul(exp(squaredDistance.div(rho.square().mul(-2))))
    .add(diagonalMatrix(mul(ones, sigma)))
  sample('y', multivariateNormal(0, { covariance }), { observed: data.series('y') })
})
