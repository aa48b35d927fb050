import type { BlockMeeting } from '@chorale/core/contracts'

import { pairwiseSum, sumBlocksPairwise } from './pairwise.js'

/** Numbers of the gradient that belong to rows, `width` for each, from `offset` on. */
export interface RowSlice {
  readonly offset: number
  readonly width: number
}

export interface BlockSumShape {
  readonly blocks: number
  /** Numbers in the record of a block. */
  readonly length: number
  /** What a block writes beside its record: gradient of parameters of its own rows. */
  readonly rowSlices?: { readonly slices: readonly RowSlice[]; readonly rows: number; readonly blockRows: number }
}

/** The sum of the records of all blocks of rows, in the order of `PairwiseSum`, computed by this thread alone or together with others. Not re-entrant. */
export interface BlockSum {
  readonly blocks: number
  /** The blocks that this thread computes: all, unless it shares the sum. */
  readonly part: { readonly from: number; readonly to: number }
  /** How many numbers the thread with these blocks leaves for the others. */
  lengthOf(from: number, to: number): number
  /** From now on this is sum number `sum` of the meeting. */
  share(meeting: BlockMeeting, sum: number): void
  /** `evaluate` writes one block's record, and its slices of `gradient`. The total is zeros where nobody reads it. */
  totalInto(total: Float64Array, evaluate: (block: number, record: Float64Array) => void, gradient?: Float64Array): void
}

/** Blocks `first` to `first + 2^level - 1`, whose sum is a number in the tree of the pairwise sum. */
interface Subtree {
  readonly first: number
  readonly level: number
}

/** The fewest subtrees that are the blocks `from` to `to` (exclusive), in order. */
export function wholeSubtrees(from: number, to: number): readonly Subtree[] {
  const subtrees: Subtree[] = []
  for (let first = from; first < to;) {
    let level = 0
    while (first % (2 << level) === 0 && first + (2 << level) <= to) level++
    subtrees.push({ first, level })
    first += 1 << level
  }
  return subtrees
}

interface SharedSubtree extends Subtree {
  readonly record: Float64Array
}

/** A part of the sum, in memory that all threads see: the sums of its subtrees, then its slices of the gradient. */
interface SharedPart {
  readonly subtrees: readonly SharedSubtree[]
  readonly slices: readonly { readonly start: number; readonly values: Float64Array }[]
}

export function blockSum({ blocks, length, rowSlices }: BlockSumShape): BlockSum {
  const workspace = pairwiseSum(length)
  let part = { from: 0, to: blocks }
  let shared: { readonly meeting: BlockMeeting; readonly parts: readonly SharedPart[] } | undefined

  const slicesOf = (from: number, to: number): readonly { readonly start: number; readonly size: number }[] => {
    if (rowSlices === undefined) return []
    const { rows, blockRows } = rowSlices
    const [first, end] = [Math.min(rows, from * blockRows), Math.min(rows, to * blockRows)]
    return rowSlices.slices.map(({ offset, width }) => ({ start: offset + width * first, size: width * (end - first) }))
  }
  const partOf = (from: number, to: number, numbers: Float64Array): SharedPart => {
    let at = 0
    const take = (size: number): Float64Array => numbers.subarray(at, (at += size))
    return {
      subtrees: wholeSubtrees(from, to).map(subtree => ({ ...subtree, record: take(length) })),
      slices: slicesOf(from, to).map(({ start, size }) => ({ start, values: take(size) })),
    }
  }

  return {
    blocks,
    get part() {
      return part
    },
    lengthOf: (from, to) => wholeSubtrees(from, to).length * length + slicesOf(from, to).reduce((sum, { size }) => sum + size, 0),
    share(meeting, sum) {
      part = meeting.parts[meeting.device]
      shared = { meeting, parts: meeting.parts.map(({ from, to, numbers }) => partOf(from, to, numbers[sum])) }
    },
    totalInto(total, evaluate, gradient) {
      if (shared === undefined) return sumBlocksPairwise(total, blocks, evaluate, workspace)
      const { meeting, parts } = shared
      const own = parts[meeting.device]
      for (const { first, level, record } of own.subtrees) {
        for (let block = first; block < first + (1 << level); block++) {
          evaluate(block, workspace.next())
          workspace.add()
        }
        workspace.totalInto(record)
      }
      if (gradient !== undefined)
        for (const { start, values } of own.slices) for (let i = 0; i < values.length; i++) values[i] = gradient[start + i]
      if (!meeting.meet()) {
        total.fill(0, 0, length)
        return
      }
      for (const { subtrees } of parts) {
        for (const { level, record } of subtrees) {
          workspace.next().set(record)
          workspace.add(level)
        }
      }
      workspace.totalInto(total)
      if (gradient !== undefined)
        for (const { slices } of parts) if (slices !== own.slices) for (const { start, values } of slices) gradient.set(values, start)
    },
  }
}
