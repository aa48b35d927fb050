import { betaEntry, betaProportionEntry } from './beta.js'
import { cauchyEntry } from './cauchy.js'
import { censoredEntry } from './censored.js'
import { chiSquaredEntry } from './chi-squared.js'
import { exponentialEntry } from './exponential.js'
import type { FamilyEntry } from './family.js'
import { gammaEntry } from './gamma.js'
import { gumbelEntry } from './gumbel.js'
import { halfCauchyEntry, halfNormalEntry, halfStudentTEntry } from './half.js'
import { inverseGammaEntry } from './inverse-gamma.js'
import { laplaceEntry } from './laplace.js'
import { logNormalEntry } from './log-normal.js'
import { logisticEntry } from './logistic.js'
import { mixtureEntry } from './mixture.js'
import { normalEntry } from './normal.js'
import { paretoEntry } from './pareto.js'
import { skewNormalEntry } from './skew-normal.js'
import { studentTEntry } from './student-t.js'
import { truncatedEntry } from './truncated.js'
import { uniformEntry } from './uniform.js'
import { vonMisesEntry } from './von-mises.js'
import { weibullEntry } from './weibull.js'

/** Univariate continuous families, in the order of the reference. */
export const continuousFamilies: readonly FamilyEntry[] = [
  normalEntry,
  studentTEntry,
  cauchyEntry,
  laplaceEntry,
  logisticEntry,
  gumbelEntry,
  skewNormalEntry,
  halfNormalEntry,
  halfCauchyEntry,
  halfStudentTEntry,
  logNormalEntry,
  exponentialEntry,
  gammaEntry,
  inverseGammaEntry,
  chiSquaredEntry,
  weibullEntry,
  paretoEntry,
  betaEntry,
  betaProportionEntry,
  uniformEntry,
  vonMisesEntry,
]

/** Distributions made of other distributions. */
export const composedFamilies: readonly FamilyEntry[] = [truncatedEntry, censoredEntry, mixtureEntry]
