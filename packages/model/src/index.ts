export { model, type CompiledModel } from './language/model.js'
export type { FactorOptions, ModelScope, PlateFunction, SampleOptions } from './language/scope.js'
export type { Data, Rows } from './language/data-scope.js'
export type { CompiledBound } from './language/bound-model.js'
export { columns, type Columns, type DataInput } from './language/columns.js'
export { bindData, type NamedDraws, type SiteDraws } from './language/site-draws.js'
export { constrainDraws } from './language/constrain-draws.js'
export { priorPredictive } from './language/prior-predictive.js'
export { posteriorPredictive } from './language/posterior-predictive.js'
export { pointwiseLogLikelihood, type PointwiseLogLikelihood } from './language/pointwise-log-likelihood.js'
export { loo } from './language/loo.js'

export { Value, value, type Operand } from './expression/value.js'
export type { Index } from './expression/index-value.js'
export {
  abs,
  add,
  atan,
  atLeast,
  atMost,
  cos,
  digamma,
  div,
  equals,
  erf,
  exp,
  expm1,
  floor,
  greaterThan,
  lbeta,
  lessThan,
  lgamma,
  log,
  log1mExp,
  log1p,
  logAddExp,
  logistic as inverseLogit,
  logit,
  logNormalCdf,
  logSubExp,
  maximum,
  minimum,
  mul,
  neg,
  normalCdf,
  pow,
  select,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
} from './expression/elementary.js'
export {
  cholesky,
  cumulativeSum,
  diagonal,
  diagonalMatrix,
  dot,
  logDeterminant,
  logDiagonalSum,
  logSoftmax,
  logSumExp,
  matMul,
  matVec,
  outer,
  quadraticForm,
  softmax,
  solveLower,
  solveUpper,
  transpose,
} from './expression/linear-algebra.js'
export { concatenate, gather, reshaped, scaleColumns, scaleRows, slice, stack } from './expression/arrays.js'
export { mean, meanOver, sum, sumOver } from './expression/reductions.js'
export { scan } from './expression/scan.js'

export { above, below, integers, interval, positive, real, unitInterval, vector } from './supports/supports.js'
export type { Support, VectorConstraint } from './supports/support.js'

export type { Distribution, Domain, Numbers } from './distributions/distribution.js'
export { bernoulli, bernoulliLogit } from './distributions/bernoulli.js'
export { beta, betaProportion } from './distributions/beta.js'
export { betaBinomial } from './distributions/beta-binomial.js'
export { binomial, binomialLogit } from './distributions/binomial.js'
export { categorical, categoricalLogits } from './distributions/categorical.js'
export { cauchy } from './distributions/cauchy.js'
export { censored } from './distributions/censored.js'
export { chiSquared } from './distributions/chi-squared.js'
export { dirichlet } from './distributions/dirichlet.js'
export { exponential } from './distributions/exponential.js'
export { flat, type Flat } from './distributions/flat.js'
export { gamma } from './distributions/gamma.js'
export { geometric } from './distributions/geometric.js'
export { gumbel } from './distributions/gumbel.js'
export { halfCauchy, halfNormal, halfStudentT } from './distributions/half.js'
export { hurdle } from './distributions/hurdle.js'
export { inverseGamma } from './distributions/inverse-gamma.js'
export { inverseWishart } from './distributions/inverse-wishart.js'
export { laplace } from './distributions/laplace.js'
export { lkjCholesky } from './distributions/lkj-cholesky.js'
export { logistic } from './distributions/logistic.js'
export { logNormal } from './distributions/log-normal.js'
export { mixture } from './distributions/mixture.js'
export { multinomial, multinomialLogits } from './distributions/multinomial.js'
export { multivariateNormal } from './distributions/multivariate-normal.js'
export { multivariateStudentT } from './distributions/multivariate-student-t.js'
export { negativeBinomial2, negativeBinomial2Log } from './distributions/negative-binomial.js'
export { normal } from './distributions/normal.js'
export { orderedLogistic, orderedProbit } from './distributions/ordered.js'
export { pareto } from './distributions/pareto.js'
export { poisson, poissonLog } from './distributions/poisson.js'
export { skewNormal } from './distributions/skew-normal.js'
export { studentT } from './distributions/student-t.js'
export { truncated } from './distributions/truncated.js'
export { uniform } from './distributions/uniform.js'
export { vonMises } from './distributions/von-mises.js'
export { weibull } from './distributions/weibull.js'
export { wishart } from './distributions/wishart.js'
export { zeroInflated } from './distributions/zero-inflated.js'
