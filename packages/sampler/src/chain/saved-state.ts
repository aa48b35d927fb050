/** What a part of a chain remembers, as named vectors: the content of a checkpoint. */
export type SavedState = Readonly<Record<string, Float64Array>>

/** A part of a chain that a checkpoint can hold: after `restore` it behaves, bit by bit, like the part that was saved. */
export interface Stateful {
  /** Copies: what happens afterwards does not change them. */
  save(): SavedState
  restore(saved: SavedState): void
}
