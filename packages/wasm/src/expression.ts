import { signedLeb128, unsignedLeb128 } from './leb128.js'
import { scalar, simd, simdPrefix, type ValueType } from './opcodes.js'

/** Instructions that leave one value of type `T` on the stack. */
export interface Expression<T extends ValueType = ValueType> {
  readonly type: T
  readonly code: readonly number[]
}

/** An integer or an address. */
export type I32 = Expression<'i32'>
/** A double. */
export type F64 = Expression<'f64'>
/** Two doubles or 64-bit integers. */
export type V128 = Expression<'v128'>

/** Alignment hints, as powers of two. */
const align8 = 3
const align16 = 4

const littleEndian = (write: (view: DataView) => void, bytes: number): number[] => {
  const view = new DataView(new ArrayBuffer(bytes))
  write(view)
  return [...new Uint8Array(view.buffer)]
}

/** `concat` copies blocks of memory, where `flat` and `flatMap` go element by element: code is copied at each level of an expression. */
const compose = <T extends ValueType>(type: T, opcode: readonly number[], a: Expression, b?: Expression): Expression<T> => ({
  type,
  code: b === undefined ? a.code.concat(opcode) : a.code.concat(b.code, opcode),
})

/** The bytes of a SIMD instruction. */
export const simdCode = (opcode: number, ...immediates: readonly number[]): number[] => [
  simdPrefix,
  ...unsignedLeb128(opcode),
  ...immediates,
]

/** Alignment and offset of a memory access. */
export const memoryArgument = (bytes: 8 | 16, offset: number): number[] => [bytes === 8 ? align8 : align16, ...unsignedLeb128(offset)]

/** Instructions on integers and addresses. */
export const i32 = {
  const: (value: number): I32 => ({ type: 'i32', code: [scalar.i32Const, ...signedLeb128(value)] }),
  add: (a: I32, b: I32): I32 => compose('i32', [scalar.i32Add], a, b),
  sub: (a: I32, b: I32): I32 => compose('i32', [scalar.i32Sub], a, b),
  mul: (a: I32, b: I32): I32 => compose('i32', [scalar.i32Mul], a, b),
  and: (a: I32, b: I32): I32 => compose('i32', [scalar.i32And], a, b),
  ne: (a: I32, b: I32): I32 => compose('i32', [scalar.i32Ne], a, b),
  /** Unsigned: addresses go up to 2^32. */
  lessThan: (a: I32, b: I32): I32 => compose('i32', [scalar.i32LtU], a, b),
  not: (a: I32): I32 => compose('i32', [scalar.i32Eqz], a),
}

/** Instructions on doubles; `offset` in bytes. */
export const f64 = {
  const: (value: number): F64 => ({ type: 'f64', code: [scalar.f64Const, ...littleEndian(view => view.setFloat64(0, value, true), 8)] }),
  load: (address: I32, offset = 0): F64 => compose('f64', [scalar.f64Load, ...memoryArgument(8, offset)], address),
  add: (a: F64, b: F64): F64 => compose('f64', [scalar.f64Add], a, b),
  sub: (a: F64, b: F64): F64 => compose('f64', [scalar.f64Sub], a, b),
  mul: (a: F64, b: F64): F64 => compose('f64', [scalar.f64Mul], a, b),
  div: (a: F64, b: F64): F64 => compose('f64', [scalar.f64Div], a, b),
  abs: (a: F64): F64 => compose('f64', [scalar.f64Abs], a),
  neg: (a: F64): F64 => compose('f64', [scalar.f64Neg], a),
  sqrt: (a: F64): F64 => compose('f64', [scalar.f64Sqrt], a),
  /** The size of a with the sign of b. */
  copySign: (a: F64, b: F64): F64 => compose('f64', [scalar.f64CopySign], a, b),
  /** False where either is NaN. */
  lessThan: (a: F64, b: F64): I32 => compose('i32', [scalar.f64Lt], a, b),
  lane: (a: V128, index: 0 | 1): F64 => compose('f64', simdCode(simd.f64x2ExtractLane, index), a),
}

const binary =
  (opcode: number) =>
  (a: V128, b: V128): V128 =>
    compose('v128', simdCode(opcode), a, b)
const unary =
  (opcode: number) =>
  (a: V128): V128 =>
    compose('v128', simdCode(opcode), a)

/** Two float64 side by side. */
export const f64x2 = {
  const: (value: number): V128 => {
    const lane = littleEndian(view => view.setFloat64(0, value, true), 8)
    return { type: 'v128', code: simdCode(simd.const, ...lane, ...lane) }
  },
  load: (address: I32, offset = 0): V128 => compose('v128', simdCode(simd.load, ...memoryArgument(16, offset)), address),
  /** One float64 from memory, in both lanes. */
  loadSplat: (address: I32, offset = 0): V128 => compose('v128', simdCode(simd.load64Splat, ...memoryArgument(8, offset)), address),
  splat: (a: F64): V128 => compose('v128', simdCode(simd.f64x2Splat), a),
  abs: unary(simd.f64x2Abs),
  neg: unary(simd.f64x2Neg),
  add: binary(simd.f64x2Add),
  sub: binary(simd.f64x2Sub),
  mul: binary(simd.f64x2Mul),
  div: binary(simd.f64x2Div),
  min: binary(simd.f64x2Min),
  max: binary(simd.f64x2Max),
  /** All ones where a <= b, all zeros elsewhere and where either is NaN. */
  lessOrEqual: binary(simd.f64x2Le),
}

/** Two int64 side by side: the bits of two float64. */
export const i64x2 = {
  const: (value: bigint): V128 => {
    const lane = littleEndian(view => view.setBigInt64(0, value, true), 8)
    return { type: 'v128', code: simdCode(simd.const, ...lane, ...lane) }
  },
  add: binary(simd.i64x2Add),
  sub: binary(simd.i64x2Sub),
  and: binary(simd.and),
  or: binary(simd.or),
  shiftLeft: (a: V128, bits: number): V128 => compose('v128', simdCode(simd.i64x2Shl), a, i32.const(bits)),
  /** Fills with zeros. */
  shiftRight: (a: V128, bits: number): V128 => compose('v128', simdCode(simd.i64x2ShrU), a, i32.const(bits)),
  allTrue: (a: V128): I32 => compose('i32', simdCode(simd.i64x2AllTrue), a),
}
