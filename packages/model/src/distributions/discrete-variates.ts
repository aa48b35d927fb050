import type { RandomStream } from '@chorale/random'

import { logistic } from '../special/index.js'
import { logBinomialMass, logPoissonMass } from './discrete-mass.js'

/** Means from here on are drawn by rejection: inversion takes as many steps as the mean. */
const REJECTION_START = 10
/** Counts with a mean below 10 are above this with probability less than 1e-70. */
const LARGEST_INVERTED = 110

/**
 * Poisson variate. Large rates by the transformed rejection PTRS of Hörmann (1993), The transformed rejection method for generating Poisson random
 * variables, Insurance: Mathematics and Economics 12; small ones by inversion.
 */
export function drawPoisson(rate: number, stream: RandomStream): number {
  if (!(rate >= 0)) return NaN
  if (rate === Infinity) return Infinity
  if (rate < REJECTION_START) return searchUp(Math.exp(-rate), k => rate / k, Infinity, stream)
  const b = 0.931 + 2.53 * Math.sqrt(rate)
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const always = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = stream.uniform() - 0.5
    const v = stream.uniform()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43)
    if (us >= 0.07 && v <= always) return k
    if (k < 0 || (us < 0.013 && v > us)) continue
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= logPoissonMass(k, rate)) return k
  }
}

/** Binomial variate of `trials` with probability `p`. */
export function drawBinomial(trials: number, p: number, stream: RandomStream): number {
  if (!(p >= 0 && p <= 1 && trials >= 0)) return NaN
  return p > 0.5 ? trials - drawFew(trials, 1 - p, stream) : drawFew(trials, p, stream)
}

/** Binomial variate of `trials` with probability logistic(`logit`). */
export function drawBinomialLogit(trials: number, logit: number, stream: RandomStream): number {
  if (Number.isNaN(logit) || !(trials >= 0)) return NaN
  const few = drawFew(trials, logistic(-Math.abs(logit)), stream)
  return logit > 0 ? trials - few : few
}

/**
 * Binomial variate with p <= 1/2. Large means by the transformed rejection BTRS of Hörmann (1993), The generation of binomial random variates, Journal of
 * Statistical Computation and Simulation 46; small ones by inversion.
 */
function drawFew(trials: number, p: number, stream: RandomStream): number {
  const mean = trials * p
  if (mean < REJECTION_START) {
    const odds = p / (1 - p)
    return searchUp(Math.exp(trials * Math.log1p(-p)), k => (odds * (trials - k + 1)) / k, trials, stream)
  }
  const sd = Math.sqrt(mean * (1 - p))
  const b = 1.15 + 2.53 * sd
  const a = -0.0873 + 0.0248 * b + 0.01 * p
  const always = 0.92 - 4.2 / b
  const alpha = (2.83 + 5.1 / b) * sd
  const logPeak = logBinomialMass(trials, Math.floor((trials + 1) * p), p)
  for (;;) {
    const u = stream.uniform() - 0.5
    const v = stream.uniform()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.5)
    if (k < 0 || k > trials) continue
    if (us >= 0.07 && v <= always) return k
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= logBinomialMass(trials, k, p) - logPeak) return k
  }
}

/** Inversion from 0 upwards: `ratio(k)` is p(k) / p(k - 1). A sum that rounding keeps below the uniform number is begun anew. */
function searchUp(p0: number, ratio: (k: number) => number, last: number, stream: RandomStream): number {
  const end = Math.min(last, LARGEST_INVERTED)
  for (;;) {
    let rest = stream.uniform()
    let p = p0
    for (let k = 0; k <= end; p *= ratio(++k)) {
      if (rest <= p) return k
      rest -= p
    }
  }
}

/** Number of failures before the first success, by inversion. */
export const drawGeometric = (p: number, stream: RandomStream): number => Math.floor(Math.log(stream.uniform()) / Math.log1p(-p))

/** A position from 0, with probability proportional to the weights. */
export function drawCategory(weights: ArrayLike<number>, stream: RandomStream): number {
  let total = 0
  for (let k = 0; k < weights.length; k++) total += weights[k]
  let rest = stream.uniform() * total
  let last = 0
  for (let k = 0; k < weights.length; k++) {
    if (!(weights[k] > 0)) continue
    last = k
    rest -= weights[k]
    if (rest < 0) return k
  }
  return last
}

/** A position from 0, with probability proportional to the exponentials. */
export function drawCategoryLogits(logits: Float64Array, stream: RandomStream): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity)
  return drawCategory(
    logits.map(logit => Math.exp(logit - largest)),
    stream,
  )
}
