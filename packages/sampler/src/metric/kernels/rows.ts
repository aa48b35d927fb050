import { f64, f64x2, i32, type F64, type FunctionBuilder, type FunctionReference, type I32, type Local, type V128 } from '@chorale/wasm'

/** Bytes of a cache line: rows of a matrix begin at one and are filled up to one with zeros. */
export const LINE = 64

/** Rows that kernels take at once: matrices are filled up to a multiple with rows of zeros. */
export const ROW_BLOCK = 4
export const BLOCK = [0, 1, 2, 3] as const

/** Float64 pairs of a line, and of half a line. */
export const PAIRS = [0, 16, 32, 48] as const
export const HALF = [0, 16] as const

export type Kernels = Readonly<Record<string, FunctionReference>>

export const zero = (): V128 => f64x2.const(0)
export const constant = (count: number): I32 => i32.const(count)
export const sumOfLanes = (pair: V128): F64 => f64.add(f64.lane(pair, 0), f64.lane(pair, 1))

export const advance = (f: FunctionBuilder, by: I32, ...pointers: readonly Local<'i32'>[]): void => {
  for (const pointer of pointers) f.set(pointer, i32.add(pointer, by))
}

export const addProduct = (f: FunctionBuilder, sum: Local<'v128'>, a: V128, b: V128): void => f.set(sum, f64x2.add(sum, f64x2.mul(a, b)))

/** The first rows of a block. */
export const rowsOf = (f: FunctionBuilder, first: I32, stride: I32, count: number): Local<'i32'>[] => {
  const rows = [f.let(first)]
  for (let k = 1; k < count; k++) rows.push(f.let(i32.add(rows[k - 1], stride)))
  return rows
}

/** An offset in a row, down to the start of its cache line. */
export const lineBefore = (offset: I32): I32 => i32.and(offset, i32.const(-LINE))

/** Runs `body` for offsets from `from` (kept) up to `end`, of single numbers. */
export const forNumbers = (f: FunctionBuilder, from: I32, end: I32, body: (offset: Local<'i32'>) => void): void => {
  const offset = f.let(from)
  f.forRange(offset, end, 8, () => body(offset))
}
