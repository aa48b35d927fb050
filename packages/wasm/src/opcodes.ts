/**
 * The opcodes that kernels use: WebAssembly core specification 2.0 (with fixed-width SIMD), appendix "Index of Instructions".
 *
 * Numbers of `simd` follow the prefix byte 0xfd as an unsigned LEB128.
 */
export const valueTypes = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const

export type ValueType = keyof typeof valueTypes

export const control = { block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, brIf: 0x0d, call: 0x10 } as const

export const variable = { get: 0x20, set: 0x21, tee: 0x22 } as const

export const scalar = {
  f64Load: 0x2b,
  f64Store: 0x39,
  i32Const: 0x41,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Ne: 0x47,
  i32LtU: 0x49,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  f64Lt: 0x63,
  f64Abs: 0x99,
  f64Neg: 0x9a,
  f64Sqrt: 0x9f,
  f64Add: 0xa0,
  f64Sub: 0xa1,
  f64Mul: 0xa2,
  f64Div: 0xa3,
  f64CopySign: 0xa6,
} as const

export const simdPrefix = 0xfd

export const simd = {
  load: 0x00,
  load64Splat: 0x0a,
  store: 0x0b,
  const: 0x0c,
  f64x2Splat: 0x14,
  f64x2ExtractLane: 0x21,
  f64x2Le: 0x4b,
  and: 0x4e,
  or: 0x50,
  i64x2AllTrue: 0xc3,
  i64x2Shl: 0xcb,
  i64x2ShrU: 0xcd,
  i64x2Add: 0xce,
  i64x2Sub: 0xd1,
  f64x2Abs: 0xec,
  f64x2Neg: 0xed,
  f64x2Add: 0xf0,
  f64x2Sub: 0xf1,
  f64x2Mul: 0xf2,
  f64x2Div: 0xf3,
  f64x2Min: 0xf4,
  f64x2Max: 0xf5,
} as const
