import type { Distribution, Domain } from '../distributions/distribution.js'

const domainWords: Readonly<Record<Domain, string>> = {
  real: 'any number',
  positive: 'a positive number',
  nonnegative: 'a number from 0',
  probability: 'a probability',
  count: 'a whole number from 0',
  vector: 'a vector',
  simplex: 'a vector of probabilities that sum to 1',
  'positive vector': 'a vector of positive numbers',
  matrix: 'a symmetric positive-definite matrix',
}

/** Arguments that are no numbers of the model, or several in one. */
const otherArguments: Readonly<Record<string, string>> = {
  dimension: 'number of correlated things, a plain number',
  distribution: 'a distribution',
  '{ lower, upper }': 'numbers, or values of the model; either may be left out',
  weights: 'a vector of probabilities that sum to 1, an array of probabilities, or `{ logWeights }`, which need not be normalised',
  components: 'an array of distributions of one kind',
  '{ covariance | cholesky | precision }': 'one of three matrices: the covariance, its lower-triangular Cholesky factor, its inverse',
  '{ scale | cholesky }': 'one of two matrices: the scale, or its lower-triangular Cholesky factor',
}

/** What an argument of a distribution may be, in words. Throws for an argument that nobody has described. */
export function argumentWords({ name, domains }: Distribution, argument: string): string {
  const domain = domains[argument]
  const words = otherArguments[argument] ?? (domain === undefined ? undefined : domainWords[domain])
  if (words === undefined) throw new Error(`the argument ${argument} of ${name} has no description`)
  return words
}
