import type { RandomStream } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { nthSmallestInto } from '../nth-smallest.js'

export type CutRule = 'kd' | 'ml'

/** A block of space with the draws of each set that lie in it. */
export interface Block {
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** Rows of each set. */
  readonly members: readonly Uint32Array[]
}

export interface PartitionSettings {
  /** `kd`: at the median of all draws; `ml`: where a histogram of two bins fits all sets best. */
  readonly cut: CutRule
  /** A block keeps at least this share of all draws. */
  readonly leastShare: number
  /** A block keeps at least so many draws of a set, on average over sets. */
  readonly leastDraws: number
  /** A block's sides are at least this long. */
  readonly leastSide: number
  readonly stream: RandomStream
}

/**
 * Cuts space into blocks: each is halved along a random axis until its parts would be too small. All axes are tried, in random order,
 * before a block is left as it is.
 * Source: Wang, Guo, Heller & Dunson (2015), Parallelizing MCMC with random partition trees.
 */
export function partition(sets: readonly DrawMatrix[], settings: PartitionSettings): Block[] {
  const total = sets.reduce((sum, { draws }) => sum + draws, 0)
  const least = Math.max(2, settings.leastShare * total, settings.leastDraws * sets.length)
  const blocks: Block[] = []
  const open = [root(sets)]
  while (open.length > 0) {
    const block = open.pop()!
    const parts = split(block, sets, settings, least)
    if (parts === undefined) blocks.push(block)
    else open.push(...parts)
  }
  return blocks
}

function root(sets: readonly DrawMatrix[]): Block {
  const { dimension } = sets[0]
  const lower = new Float64Array(dimension).fill(Infinity)
  const upper = new Float64Array(dimension).fill(-Infinity)
  for (const { values } of sets) {
    for (let at = 0; at < values.length; at++) {
      lower[at % dimension] = Math.min(lower[at % dimension], values[at])
      upper[at % dimension] = Math.max(upper[at % dimension], values[at])
    }
  }
  return { lower, upper, members: sets.map(({ draws }) => Uint32Array.from({ length: draws }, (_, row) => row)) }
}

function split(block: Block, sets: readonly DrawMatrix[], settings: PartitionSettings, least: number): [Block, Block] | undefined {
  if (countOf(block.members) < 2 * least) return undefined
  const { dimension } = sets[0]
  const first = settings.stream.integer(dimension)
  for (let turn = 0; turn < dimension; turn++) {
    const axis = (first + turn) % dimension
    const values = sets.map((set, s) => coordinates(set, block.members[s], axis))
    const cut =
      settings.cut === 'kd' ? medianOf(values) : likeliestCut(values, block.lower[axis], block.upper[axis], settings.leastSide, least)
    if (cut === undefined || Math.min(cut - block.lower[axis], block.upper[axis] - cut) < settings.leastSide) continue
    const parts = block.members.map((rows, s) => divide(rows, values[s], cut))
    const [below, above] = [parts.map(part => part[0]), parts.map(part => part[1])]
    if (Math.min(countOf(below), countOf(above)) < least) continue
    const [upper, lower] = [block.upper.slice(), block.lower.slice()]
    upper[axis] = cut
    lower[axis] = cut
    return [
      { lower: block.lower, upper, members: below },
      { lower, upper: block.upper, members: above },
    ]
  }
  return undefined
}

function coordinates({ dimension, values }: DrawMatrix, rows: Uint32Array, axis: number): Float64Array {
  const result = new Float64Array(rows.length)
  for (let place = 0; place < rows.length; place++) result[place] = values[rows[place] * dimension + axis]
  return result
}

/** The rows whose values are up to `cut`, and the others. */
function divide(rows: Uint32Array, values: Float64Array, cut: number): [Uint32Array, Uint32Array] {
  const [below, above] = [new Uint32Array(rows.length), new Uint32Array(rows.length)]
  let [low, high] = [0, 0]
  for (let place = 0; place < rows.length; place++) {
    if (values[place] <= cut) below[low++] = rows[place]
    else above[high++] = rows[place]
  }
  return [below.slice(0, low), above.slice(0, high)]
}

const countOf = (members: readonly Uint32Array[]): number => members.reduce((sum, rows) => sum + rows.length, 0)

function medianOf(values: readonly Float64Array[]): number {
  const all = joined(values)
  return nthSmallestInto(all, (all.length - 1) >> 1)
}

function joined(values: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(values.reduce((sum, own) => sum + own.length, 0))
  let at = 0
  for (const own of values) {
    all.set(own, at)
    at += own.length
  }
  return all
}

/** The cut with the largest sum over sets of n1 log(n1/left) + n2 log(n2/right), among 63 quantiles of all values. */
function likeliestCut(values: readonly Float64Array[], lower: number, upper: number, leastSide: number, least: number): number | undefined {
  const all = joined(values).sort()
  let best = -Infinity
  let cut: number | undefined
  for (let part = 1; part < 64; part++) {
    const rank = Math.floor((part * all.length) / 64)
    const candidate = all[rank]
    const [left, right] = [candidate - lower, upper - candidate]
    if (rank + 1 < least || all.length - rank - 1 < least || Math.min(left, right) < leastSide) continue
    let fit = 0
    for (const own of values) {
      let below = 0
      for (const value of own) if (value <= candidate) below++
      const above = own.length - below
      if (below > 0) fit += below * Math.log(below / left)
      if (above > 0) fit += above * Math.log(above / right)
    }
    if (fit > best) [best, cut] = [fit, candidate]
  }
  return cut
}
