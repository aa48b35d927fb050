/** Draws of some chains, row-major. */
interface Rows {
  readonly draws: number
  readonly dimension: number
  readonly positions: Float64Array
}

/**
 * The draws of one coordinate, one array per chain. Chains are cut to the last draws of the shortest: convergence is judged on equally long chains, while
 * nothing that is counted (draws, divergences) is.
 */
export function coordinateChains(chains: readonly Rows[], coordinate: number): Float64Array[] {
  return lastDraws(
    chains.map(({ draws, dimension, positions }) => Float64Array.from({ length: draws }, (_, i) => positions[i * dimension + coordinate]!)),
  )
}

/** The last draws of each chain, as many as the shortest has. */
export function lastDraws(chains: readonly Float64Array[]): Float64Array[] {
  const shortest = Math.min(...chains.map(chain => chain.length))
  return chains.map(chain => chain.subarray(chain.length - shortest))
}
