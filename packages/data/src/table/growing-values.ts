/** A Float64Array on shared memory whose final length is not known yet. */
export class GrowingValues {
  #values: Float64Array

  /** `expected`: how many values will probably come; more are fine. */
  constructor(expected: number) {
    this.#values = sharedFloat64(expected)
  }

  /** The storage, with room for at least `size` values; what was written before is kept. Valid until the next call. */
  withRoomFor(size: number): Float64Array {
    if (size > this.#values.length) {
      const larger = sharedFloat64(Math.max(size, 2 * this.#values.length, 1024))
      larger.set(this.#values)
      this.#values = larger
    }
    return this.#values
  }

  /** The first `size` values, on a SharedArrayBuffer of exactly that size. */
  finish(size: number): Float64Array {
    if (this.#values.length === size) return this.#values
    const exact = sharedFloat64(size)
    exact.set(this.#values.subarray(0, size))
    this.#values = exact
    return exact
  }
}

const sharedFloat64 = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT))
