/** Bytes of a cache line: vectors begin at one and are filled up to one with zeros, so that kernels need no remainder loops. */
export const LINE = 64

/** Float64 pairs of a line. */
export const PAIRS = [0, 16, 32, 48] as const

/** Numbers that JavaScript and kernels hand each other, at the start of the memory, as indices of float64. */
export const MAILBOX = { halfStep: 0, step: 1, answer: 2, length: 8 } as const

/** The byte address of an entry of the mailbox. */
export const mailbox = (entry: Exclude<keyof typeof MAILBOX, 'length'>): number => 8 * MAILBOX[entry]

/** Where the vectors of `dimension` coordinates lie. Distances in bytes, from the address of a point. */
export interface Layout {
  readonly dimension: number
  /** Length of a vector, filled up. */
  readonly bytes: number
  readonly position: number
  readonly momentum: number
  readonly velocity: number
  readonly gradient: number
  readonly acceleration: number
  /** Length of a point. */
  readonly pointBytes: number
  /** Address of the diagonal of the inverse metric. */
  readonly diagonal: number
}

export function layoutOf(dimension: number): Layout {
  const bytes = Math.ceil((8 * dimension) / LINE) * LINE
  return {
    dimension,
    bytes,
    position: 0,
    momentum: bytes,
    velocity: 2 * bytes,
    gradient: 3 * bytes,
    acceleration: 4 * bytes,
    pointBytes: 5 * bytes,
    diagonal: 8 * MAILBOX.length,
  }
}
