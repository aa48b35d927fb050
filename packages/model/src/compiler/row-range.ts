/** Rows in blocks: what a block reads and writes. */
import type { Node } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'
import { blockRows } from '../wasm/tiles.js'

export { blockRows }

/** The limits of a block as variables, and the layout of the record that it leaves: first arrays of adjoints, then single sums. */
export class RowRange {
  readonly plate: Plate
  readonly bounds = { lower: '$lo', upper: '$hi' }
  readonly arrays = new Map<Node, { readonly start: number; readonly size: number }>()
  /** Arrays whose adjoints kernels add up in the arena, from where the block copies them. */
  readonly throughArena = new Set<Node>()
  #size = 0

  constructor(plate: Plate) {
    this.plate = plate
  }

  /** Numbers in the arrays of the record. */
  get arraysSize(): number {
    return this.#size
  }

  /** Where in the record the adjoints of an array that does not belong to the rows are added up. */
  recordTarget(storage: Node, size: number): { readonly array: string; readonly offset: string } {
    let place = this.arrays.get(storage)
    if (place === undefined) {
      place = { start: this.#size, size }
      this.#size += size
      this.arrays.set(storage, place)
    }
    return { array: 'r', offset: String(place.start) }
  }
}
