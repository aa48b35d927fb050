import type { Plate } from '../graph/plate.js'

/** Which level each row belongs to: a column of whole numbers from 0. Made by `data.index`; used in `plate(name, index, ...)` and `value.at(index)`. */
export interface Index {
  readonly name: string
  /** Number of levels, counted over all rows of the data set. */
  readonly levels: number
  /** Level of each element of `plates`. */
  readonly codes: Int32Array
  readonly plates: readonly Plate[]
  /** Plates made from this index: `plate('airport', airport, ...)`. */
  readonly isIndexOf: (plate: Plate) => boolean
}
