import type { Heterogeneity } from '@chorale/diagnostics'

/** Beyond this share of unexplained disagreement, and with p below the level, shards are said to disagree. */
export const MAX_I2 = 0.5
const LEVEL = 0.001

/**
 * Whether shards contradict each other; NaN counts as a contradiction. With rows by the million any misspecification is significant while the combination
 * stays right: both must be beyond their limits.
 */
export const contradictory = ({ pValue, i2 }: Pick<Heterogeneity, 'pValue' | 'i2'>): boolean => !(pValue >= LEVEL || i2 <= MAX_I2)
