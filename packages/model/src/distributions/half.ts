import { atan, div, log, log1p, logNormalCdf, sqrt } from '../expression/elementary.js'
import { apply, type Operand, type Value } from '../expression/value.js'
import { positive } from '../supports/supports.js'
import { univariate, type Distribution } from './distribution.js'
import type { FamilyEntry } from './family.js'
import { nonnegative } from './seen-through.js'
import { logStudentPeak } from './student-t.js'
import { drawNormalBetween } from './truncated-variates.js'
import { drawCauchy, drawStudent } from './variates.js'

const HALF_LOG_2_BY_PI = -0.22579135264472744
const LOG_2_BY_PI = -0.4515827052894549

/** Half-normal distribution: the absolute value of a normal with mean 0 and standard deviation `sd` > 0. */
export function halfNormal(sd: Operand): Distribution {
  return univariate({ sd }, a => {
    const standardize = (x: Value) => nonnegative(x).div(a.sd)
    return {
      name: 'halfNormal',
      domains: { sd: 'positive' },
      support: positive,
      logDensity: x => x.div(a.sd).square().mul(-0.5).sub(log(a.sd)).add(HALF_LOG_2_BY_PI),
      logCdf: x => apply('logNormalInterval', standardize(x).neg(), standardize(x)),
      logSurvival: x => logNormalCdf(standardize(x).neg()).add(Math.LN2),
      logInterval: (lower, upper) => apply('logNormalInterval', standardize(lower), standardize(upper)).add(Math.LN2),
      draw: (numbers, stream) => numbers.of(a.sd) * Math.abs(stream.normal()),
      drawBetween: (lower, upper, numbers, stream) => {
        const s = numbers.of(a.sd)
        return s * drawNormalBetween(Math.max(lower, 0) / s, upper / s, stream)
      },
    }
  })
}

/** Half-Cauchy distribution: the absolute value of a Cauchy with location 0 and `scale` > 0. */
export function halfCauchy(scale: Operand): Distribution {
  return univariate({ scale }, a => ({
    name: 'halfCauchy',
    domains: { scale: 'positive' },
    support: positive,
    logDensity: x => log1p(x.div(a.scale).square()).neg().sub(log(a.scale)).add(LOG_2_BY_PI),
    logCdf: x => log(atan(nonnegative(x).div(a.scale))).add(LOG_2_BY_PI),
    logSurvival: x => log(atan(div(a.scale, nonnegative(x)))).add(LOG_2_BY_PI),
    draw: (numbers, stream) => numbers.of(a.scale) * Math.abs(drawCauchy(stream)),
  }))
}

/** Half-Student-t distribution: the absolute value of a Student's t with `df` > 0 degrees of freedom, location 0 and `scale` > 0. */
export function halfStudentT(df: Operand, scale: Operand): Distribution {
  return univariate({ df, scale }, a => {
    const standardize = (x: Value) => nonnegative(x).div(a.scale)
    return {
      name: 'halfStudentT',
      domains: { df: 'positive', scale: 'positive' },
      support: positive,
      logDensity: x =>
        logStudentPeak(a.df)
          .add(Math.LN2)
          .sub(log(a.scale))
          .sub(log1p(x.div(a.scale.mul(sqrt(a.df))).square()).mul(a.df.add(1).mul(0.5))),
      logCdf: x => {
        const square = standardize(x).square()
        return apply('logBetaI', 0.5, a.df.mul(0.5), square.div(square.add(a.df)))
      },
      logSurvival: x => apply('logStudentCdf', a.df, standardize(x).neg()).add(Math.LN2),
      draw: (numbers, stream) => numbers.of(a.scale) * Math.abs(drawStudent(numbers.of(a.df), stream)),
    }
  })
}

export const halfNormalEntry: FamilyEntry = {
  name: 'halfNormal',
  arguments: ['sd'],
  summary: 'Half-normal distribution: |x| of a normal with mean 0.',
  formula: '-(x / sd)^2 / 2 - log(sd) + log(2 / pi) / 2',
  support: 'positive',
  stan: 'normal with <lower=0>',
  numpyro: 'HalfNormal',
  pymc: 'HalfNormal',
  source: 'Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, chapter 13',
}

export const halfCauchyEntry: FamilyEntry = {
  name: 'halfCauchy',
  arguments: ['scale'],
  summary: 'Half-Cauchy distribution: |x| of a Cauchy with location 0.',
  formula: 'log(2 / pi) - log(scale) - log(1 + (x / scale)^2)',
  support: 'positive',
  stan: 'cauchy with <lower=0>',
  numpyro: 'HalfCauchy',
  pymc: 'HalfCauchy',
  source: 'Gelman (2006), Prior distributions for variance parameters in hierarchical models, Bayesian Analysis 1',
}

export const halfStudentTEntry: FamilyEntry = {
  name: 'halfStudentT',
  arguments: ['df', 'scale'],
  summary: "Half-Student-t distribution: |x| of a Student's t with location 0.",
  formula: 'log(2) + log density of studentT(df, 0, scale)',
  support: 'positive',
  stan: 'student_t with <lower=0>',
  pymc: 'HalfStudentT',
  source: 'Gelman (2006), Prior distributions for variance parameters in hierarchical models, Bayesian Analysis 1',
}
