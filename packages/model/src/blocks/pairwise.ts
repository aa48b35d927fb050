/**
 * Adds records of blocks pairwise by index: 0 and 1, 2 and 3, ..., then those sums in the same way; one left over is carried up. The tree depends on
 * the number of blocks alone, so the bits of the sum do not depend on who computed which block. Memory: one record a level.
 */
export interface PairwiseSum {
  /** Numbers in a record. */
  readonly length: number
  /** The array to write the next block's record into. Its content is undefined. */
  next(): Float64Array
  /**
   * Takes what `next` gave as the record of the next block in order; with a `level`, as the sum of the next 2^level blocks, whose first has an index that
   * is a multiple of their number.
   */
  add(level?: number): void
  /** Writes the sum of the records added (zeros if none) and starts afresh. */
  totalInto(total: Float64Array): void
}

const addInto = (sum: Float64Array, term: Float64Array): void => {
  for (let i = 0; i < sum.length; i++) sum[i] += term[i]
}

/** An empty sum of records of `length` numbers. Used again and again, it allocates nothing. */
export const pairwiseSum = (length: number): PairwiseSum => {
  // Partial sums of 2^k blocks each, as the bits of the count say, the largest first; the record being written comes after them.
  const partial: Float64Array[] = []
  let depth = 0
  let count = 0
  const top = (): Float64Array => (partial[depth] ??= new Float64Array(length))

  return {
    length,
    next: top,
    add: (level = 0) => {
      top()
      for (let bits = count >>> level; (bits & 1) === 1; bits >>>= 1) {
        addInto(partial[depth - 1], partial[depth])
        depth--
      }
      depth++
      count += 1 << level
    },
    totalInto: total => {
      for (let level = depth - 1; level > 0; level--) addInto(partial[level - 1], partial[level])
      if (depth > 0) for (let i = 0; i < length; i++) total[i] = partial[0][i]
      else total.fill(0, 0, length)
      depth = 0
      count = 0
    },
  }
}

/**
 * total = pairwise sum of the records of blocks 0 to `blocks` (exclusive). `evaluate` writes one block's record; it is called in order. `workspace`:
 * a sum of the same length to reuse.
 */
export const sumBlocksPairwise = (
  total: Float64Array,
  blocks: number,
  evaluate: (index: number, record: Float64Array) => void,
  workspace: PairwiseSum = pairwiseSum(total.length),
): void => {
  for (let index = 0; index < blocks; index++) {
    evaluate(index, workspace.next())
    workspace.add()
  }
  workspace.totalInto(total)
}
