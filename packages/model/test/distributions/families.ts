import type { Operand } from '../../src/expression/value.js'
import { beta, betaProportion } from '../../src/distributions/beta.js'
import { cauchy } from '../../src/distributions/cauchy.js'
import { chiSquared } from '../../src/distributions/chi-squared.js'
import type { Distribution } from '../../src/distributions/distribution.js'
import { exponential } from '../../src/distributions/exponential.js'
import { gamma } from '../../src/distributions/gamma.js'
import { gumbel } from '../../src/distributions/gumbel.js'
import { halfCauchy, halfNormal, halfStudentT } from '../../src/distributions/half.js'
import { inverseGamma } from '../../src/distributions/inverse-gamma.js'
import { laplace } from '../../src/distributions/laplace.js'
import { logNormal } from '../../src/distributions/log-normal.js'
import { logistic } from '../../src/distributions/logistic.js'
import { normal } from '../../src/distributions/normal.js'
import { pareto } from '../../src/distributions/pareto.js'
import { skewNormal } from '../../src/distributions/skew-normal.js'
import { studentT } from '../../src/distributions/student-t.js'
import { uniform } from '../../src/distributions/uniform.js'
import { vonMises } from '../../src/distributions/von-mises.js'
import { weibull } from '../../src/distributions/weibull.js'

const functions = {
  normal,
  studentT,
  cauchy,
  laplace,
  logistic,
  gumbel,
  skewNormal,
  halfNormal,
  halfCauchy,
  halfStudentT,
  logNormal,
  exponential,
  gamma,
  inverseGamma,
  chiSquared,
  weibull,
  pareto,
  beta,
  betaProportion,
  uniform,
  vonMises,
}

/** All continuous families by name, with their arguments as a list. */
export const families = functions as unknown as Readonly<Record<string, (...args: readonly Operand[]) => Distribution>>
