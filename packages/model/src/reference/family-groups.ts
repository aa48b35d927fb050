import { composedFamilies, continuousFamilies } from '../distributions/catalog-continuous.js'
import { discreteFamilies, gatedFamilies } from '../distributions/catalog-discrete.js'
import { multivariateFamilies } from '../distributions/catalog-multivariate.js'
import type { FamilyEntry } from '../distributions/family.js'

interface FamilyGroup {
  readonly title: string
  readonly families: readonly FamilyEntry[]
}

const flatEntry: FamilyEntry = {
  name: 'flat',
  arguments: ['{ lower, upper }'],
  summary: 'The constant prior, on all reals or between bounds, each of which may be left out. For parameters only.',
  formula: '0',
  support: 'real, or from lower to upper',
  numpyro: 'ImproperUniform',
  pymc: 'Flat, HalfFlat',
  source: 'Stan Reference Manual, improper priors',
}

/** Every distribution of the language, in the order of the reference page. */
export const familyGroups: readonly FamilyGroup[] = [
  { title: 'Continuous', families: [...continuousFamilies, flatEntry] },
  { title: 'Discrete', families: discreteFamilies },
  { title: 'Vectors and matrices', families: multivariateFamilies },
  { title: 'Made of other distributions', families: [...composedFamilies, ...gatedFamilies] },
]
