/** Positions at which the full-data density is evaluated, unless the settings say. */
export const verificationDraws = (dimension: number): number => Math.max(1000, 50 * dimension)
