import { dirichletEntry } from './dirichlet.js'
import type { FamilyEntry } from './family.js'
import { inverseWishartEntry } from './inverse-wishart.js'
import { lkjCholeskyEntry } from './lkj-cholesky.js'
import { multinomialEntry, multinomialLogitsEntry } from './multinomial.js'
import { multivariateNormalEntry } from './multivariate-normal.js'
import { multivariateStudentTEntry } from './multivariate-student-t.js'
import { wishartEntry } from './wishart.js'

/** Distributions of vectors and matrices, for the reference. */
export const multivariateFamilies: readonly FamilyEntry[] = [
  multivariateNormalEntry,
  multivariateStudentTEntry,
  dirichletEntry,
  multinomialEntry,
  multinomialLogitsEntry,
  lkjCholeskyEntry,
  wishartEntry,
  inverseWishartEntry,
]
