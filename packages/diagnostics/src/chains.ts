/** Draws of one scalar: one array per chain, iterations in order. All chains have the same length. */
export type Chains = readonly Float64Array[]

/**
 * Refuses a set of chains that no statistic is defined on.
 *
 * Chains of unequal length are not cut to the shortest: which draws to drop is a decision of the caller.
 *
 * @throws RangeError without any chain, and when lengths differ (the message names them).
 */
export function requireEqualLengths(chains: Chains): void {
  if (chains.length === 0) throw new RangeError('No chains: at least one array of draws is needed.')
  const length = chains[0].length
  if (chains.some(chain => chain.length !== length)) {
    const lengths = chains.map(chain => chain.length).join(', ')
    throw new RangeError(`Chains have unequal lengths (${lengths}): cut or thin them alike before computing a diagnostic.`)
  }
}

/** Every draw of every chain, chain after chain. */
export function pool(chains: Chains): Float64Array {
  const pooled = new Float64Array(chains.reduce((size, chain) => size + chain.length, 0))
  let offset = 0
  for (const chain of chains) {
    pooled.set(chain, offset)
    offset += chain.length
  }
  return pooled
}

/**
 * Each chain as its first and its last floor(n/2) draws, one after the other; the middle draw of an odd chain is dropped, and a chain of fewer than two draws is kept
 * whole. Views, not copies.
 */
export function splitChains(chains: Chains): Float64Array[] {
  return chains.flatMap(chain => {
    if (chain.length < 2) return [chain]
    const half = Math.floor(chain.length / 2)
    return [chain.subarray(0, half), chain.subarray(chain.length - half)]
  })
}

/** The same function of every draw, chain by chain. */
export function mapDraws(chains: Chains, transform: (draw: number) => number): Float64Array[] {
  return chains.map(chain => {
    const image = new Float64Array(chain.length)
    for (let i = 0; i < chain.length; i++) image[i] = transform(chain[i])
    return image
  })
}

/** `isDegenerate` of draws in ascending order, which shows at their ends; NaN is at the end. */
export function isDegenerateSorted(ascending: Float64Array): boolean {
  const low = ascending[0]
  const high = ascending[ascending.length - 1]
  return !(Number.isFinite(low) && Number.isFinite(high) && isSpread(low, high))
}

/** Whether two draws differ by more than rounding. */
const isSpread = (low: number, high: number): boolean => high - low > 2 * Number.EPSILON * Math.max(Math.abs(low), Math.abs(high))

/**
 * True when the draws carry no information on convergence: none at all, one that is not finite, or all equal to within rounding.
 * The tolerance is relative, so a parameter of scale 1e-20 is as good as any other.
 */
export function isDegenerate(chains: Chains): boolean {
  let low = Infinity
  let high = -Infinity
  for (const chain of chains) {
    for (let i = 0; i < chain.length; i++) {
      const draw = chain[i]
      if (!Number.isFinite(draw)) return true
      if (draw < low) low = draw
      if (draw > high) high = draw
    }
  }
  return !isSpread(low, high)
}
