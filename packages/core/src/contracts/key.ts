/**
 * A key of the counter-based generator: two unsigned 32-bit words, made by `prngKey`, `split` and `foldIn` of `@chorale/random`.
 * A key is used once; whoever needs more randomness derives new keys from it.
 */
export type Key = readonly [number, number]
