import { bernoulliEntry, bernoulliLogitEntry } from './bernoulli.js'
import { betaBinomialEntry } from './beta-binomial.js'
import { binomialEntry, binomialLogitEntry } from './binomial.js'
import { categoricalEntry, categoricalLogitsEntry } from './categorical.js'
import type { FamilyEntry } from './family.js'
import { geometricEntry } from './geometric.js'
import { hurdleEntry } from './hurdle.js'
import { negativeBinomial2Entry, negativeBinomial2LogEntry } from './negative-binomial.js'
import { orderedLogisticEntry, orderedProbitEntry } from './ordered.js'
import { poissonEntry, poissonLogEntry } from './poisson.js'
import { zeroInflatedEntry } from './zero-inflated.js'

/** Univariate discrete families, in the order of the reference. */
export const discreteFamilies: readonly FamilyEntry[] = [
  bernoulliEntry,
  bernoulliLogitEntry,
  binomialEntry,
  binomialLogitEntry,
  betaBinomialEntry,
  poissonEntry,
  poissonLogEntry,
  negativeBinomial2Entry,
  negativeBinomial2LogEntry,
  geometricEntry,
  categoricalEntry,
  categoricalLogitsEntry,
  orderedLogisticEntry,
  orderedProbitEntry,
]

/** Counts made of other counts. */
export const gatedFamilies: readonly FamilyEntry[] = [zeroInflatedEntry, hurdleEntry]
