import { bernoulli, bernoulliLogit } from '../distributions/bernoulli.js'
import { betaBinomial } from '../distributions/beta-binomial.js'
import { beta, betaProportion } from '../distributions/beta.js'
import { binomial, binomialLogit } from '../distributions/binomial.js'
import { categorical, categoricalLogits } from '../distributions/categorical.js'
import { cauchy } from '../distributions/cauchy.js'
import { censored } from '../distributions/censored.js'
import { chiSquared } from '../distributions/chi-squared.js'
import { dirichlet } from '../distributions/dirichlet.js'
import type { Distribution } from '../distributions/distribution.js'
import { exponential } from '../distributions/exponential.js'
import { flat } from '../distributions/flat.js'
import { gamma } from '../distributions/gamma.js'
import { geometric } from '../distributions/geometric.js'
import { gumbel } from '../distributions/gumbel.js'
import { halfCauchy, halfNormal, halfStudentT } from '../distributions/half.js'
import { hurdle } from '../distributions/hurdle.js'
import { inverseGamma } from '../distributions/inverse-gamma.js'
import { inverseWishart } from '../distributions/inverse-wishart.js'
import { laplace } from '../distributions/laplace.js'
import { lkjCholesky } from '../distributions/lkj-cholesky.js'
import { logNormal } from '../distributions/log-normal.js'
import { logistic } from '../distributions/logistic.js'
import { mixture } from '../distributions/mixture.js'
import { multinomial, multinomialLogits } from '../distributions/multinomial.js'
import { multivariateNormal } from '../distributions/multivariate-normal.js'
import { multivariateStudentT } from '../distributions/multivariate-student-t.js'
import { negativeBinomial2, negativeBinomial2Log } from '../distributions/negative-binomial.js'
import { normal } from '../distributions/normal.js'
import { orderedLogistic, orderedProbit } from '../distributions/ordered.js'
import { pareto } from '../distributions/pareto.js'
import { poisson, poissonLog } from '../distributions/poisson.js'
import { skewNormal } from '../distributions/skew-normal.js'
import { studentT } from '../distributions/student-t.js'
import { truncated } from '../distributions/truncated.js'
import { uniform } from '../distributions/uniform.js'
import { vonMises } from '../distributions/von-mises.js'
import { weibull } from '../distributions/weibull.js'
import { wishart } from '../distributions/wishart.js'
import { zeroInflated } from '../distributions/zero-inflated.js'
import { value } from '../expression/value.js'

const identity = value([
  [1, 0],
  [0, 1],
])

/** One distribution of each family, from which the reference page reads domains and abilities. */
export const familyExamples: Readonly<Record<string, Distribution>> = {
  normal: normal(1, 2),
  studentT: studentT(5, 1, 2),
  cauchy: cauchy(1, 2),
  laplace: laplace(1, 2),
  logistic: logistic(1, 2),
  gumbel: gumbel(1, 2),
  skewNormal: skewNormal(1, 2, 3),
  halfNormal: halfNormal(2),
  halfCauchy: halfCauchy(2),
  halfStudentT: halfStudentT(5, 2),
  logNormal: logNormal(1, 2),
  exponential: exponential(2),
  gamma: gamma(2, 3),
  inverseGamma: inverseGamma(2, 3),
  chiSquared: chiSquared(3),
  weibull: weibull(2, 3),
  pareto: pareto(1, 2),
  beta: beta(2, 3),
  betaProportion: betaProportion(0.4, 5),
  uniform: uniform(1, 2),
  vonMises: vonMises(1, 2),
  flat: flat({ lower: 0, upper: 1 }),
  bernoulli: bernoulli(0.4),
  bernoulliLogit: bernoulliLogit(1),
  binomial: binomial(5, 0.4),
  binomialLogit: binomialLogit(5, 1),
  betaBinomial: betaBinomial(5, 2, 3),
  poisson: poisson(2),
  poissonLog: poissonLog(1),
  negativeBinomial2: negativeBinomial2(2, 3),
  negativeBinomial2Log: negativeBinomial2Log(1, 3),
  geometric: geometric(0.4),
  categorical: categorical([0.4, 0.6]),
  categoricalLogits: categoricalLogits([1, 2]),
  orderedLogistic: orderedLogistic(1, [0, 1]),
  orderedProbit: orderedProbit(1, [0, 1]),
  multivariateNormal: multivariateNormal(value([1, 2]), { covariance: identity }),
  multivariateStudentT: multivariateStudentT(5, value([1, 2]), { scale: identity }),
  dirichlet: dirichlet([2, 3]),
  multinomial: multinomial(5, [0.4, 0.6]),
  multinomialLogits: multinomialLogits(5, [1, 2]),
  lkjCholesky: lkjCholesky(2, 2),
  wishart: wishart(5, identity),
  inverseWishart: inverseWishart(5, identity),
  truncated: truncated(normal(1, 2), { lower: 0 }),
  censored: censored(normal(1, 2), { lower: 0 }),
  mixture: mixture([0.4, 0.6], [normal(1, 2), normal(2, 2)]),
  zeroInflated: zeroInflated(0.4, poisson(2)),
  hurdle: hurdle(0.4, poisson(2)),
}
