/** Shards of a run differ by a row or two: the memory of one holds any other. */
const PAGE = 65_536

/**
 * Memory for shards, one after another. Memory that threads share is freed when the last of them has collected its garbage, which an idle thread never does: so what
 * a shard has left is used for the next one instead.
 */
export class SharedMemory {
  readonly #free: SharedArrayBuffer[] = []

  /** At least so many bytes, and not many more. */
  take(bytes: number): SharedArrayBuffer {
    const fitting = this.#free.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * (bytes + PAGE))
    if (fitting >= 0) return this.#free.splice(fitting, 1)[0]!
    // What does not fit now was of another size of shard: that does not come back.
    this.#free.length = 0
    return new SharedArrayBuffer((Math.floor(bytes / PAGE) + 2) * PAGE)
  }

  /** Nobody reads it any more. */
  giveBack(memory: ArrayBufferLike | undefined): void {
    if (memory instanceof SharedArrayBuffer) this.#free.push(memory)
  }
}
