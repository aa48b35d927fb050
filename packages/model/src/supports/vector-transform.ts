import {
  choleskyCorrelationTransform,
  choleskyCovarianceTransform,
  correlationTransform,
  covarianceTransform,
  orderedTransform,
  positiveOrderedTransform,
  simplexTransform,
  sumToZeroTransform,
  unitVectorTransform,
  type VectorTransform,
} from '../kernels/index.js'
import type { VectorConstraint } from './support.js'

/** A constraint that numbers of an element fulfil together, by a smooth map from all of R^m. */
export type TransformedConstraint = Exclude<VectorConstraint, 'real' | 'counts'>

const transforms: Readonly<Record<TransformedConstraint, VectorTransform>> = {
  ordered: orderedTransform,
  'positive ordered': positiveOrderedTransform,
  simplex: simplexTransform,
  'sum to zero': sumToZeroTransform,
  'unit vector': unitVectorTransform,
  'correlation cholesky': choleskyCorrelationTransform,
  correlation: correlationTransform,
  'covariance cholesky': choleskyCovarianceTransform,
  covariance: covarianceTransform,
}

/** The transform of a constraint. Counts have none: they are discrete. */
export const transformOf = (constraint: Exclude<VectorConstraint, 'real'>): VectorTransform => {
  if (constraint === 'counts') throw new Error('a discrete site has no unconstrained scale')
  return transforms[constraint]
}
