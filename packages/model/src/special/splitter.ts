/**
 * 2^27 + 1: with c = SPLITTER x, the difference c - (c - x) is x rounded to 26 bits, and what it leaves of x fits in 26 bits too, so that products
 * of halves are exact.
 *
 * Source: Dekker (1971), A floating-point technique for extending the available precision.
 */
export const SPLITTER = 134217729
