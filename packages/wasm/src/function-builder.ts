import { memoryArgument, simdCode, i32, type Expression, type F64, type I32, type V128 } from './expression.js'
import { unsignedLeb128 } from './leb128.js'
import { control, scalar, simd, valueTypes, variable, type ValueType } from './opcodes.js'

const noResult = 0x40

/** A local variable; as an expression, its value. */
export interface Local<T extends ValueType = ValueType> extends Expression<T> {
  readonly index: number
}

/** A function of the module, for `call`. */
export interface FunctionReference {
  readonly index: number
}

/** The body of a function under construction: each method appends one statement. Address arithmetic is in bytes. */
export interface FunctionBuilder {
  local<T extends ValueType>(type: T): Local<T>
  /** A new local with this value. */
  let<T extends ValueType>(value: Expression<T>): Local<T>
  set<T extends ValueType>(target: Local<T>, value: Expression<T>): void
  store(address: I32, value: F64 | V128, offset?: number): void
  call(target: FunctionReference, ...values: readonly Expression[]): void
  if(condition: I32, then: () => void): void
  /** Repeats `body` until `condition`, looked at after it, is zero: at least once. */
  doWhile(body: () => void, condition: I32): void
  /** Runs `body` while `pointer` < `end`, adding `step` after it; not at all when the range is empty. */
  forRange(pointer: Local<'i32'>, end: I32, step: number, body: () => void): void
}

export interface FunctionBody {
  readonly builder: FunctionBuilder
  readonly parameters: readonly Local<'i32'>[]
  /** Locals and instructions, as the code section wants them (without the leading size). */
  encode(): number[]
}

/** A function of `i32` parameters (addresses and counts) without result: kernels answer through memory. */
export const functionBody = (parameterCount: number): FunctionBody => {
  const types: ValueType[] = []
  const code: number[] = []
  const variableAt = <T extends ValueType>(type: T, index: number): Local<T> => ({
    type,
    index,
    code: [variable.get, ...unsignedLeb128(index)],
  })
  const parameters = Array.from({ length: parameterCount }, (_, index) => variableAt('i32', index))

  const local = <T extends ValueType>(type: T): Local<T> => {
    types.push(type)
    return variableAt(type, parameterCount + types.length - 1)
  }
  const set = <T extends ValueType>(target: Local<T>, value: Expression<T>): void => {
    code.push(...value.code, variable.set, ...unsignedLeb128(target.index))
  }
  const doWhile = (body: () => void, condition: I32): void => {
    code.push(control.loop, noResult)
    body()
    code.push(...condition.code, control.brIf, 0, control.end)
  }
  const branch = (condition: I32, then: () => void): void => {
    code.push(...condition.code, control.if, noResult)
    then()
    code.push(control.end)
  }

  const builder: FunctionBuilder = {
    local,
    let: value => {
      const target = local(value.type)
      set(target, value)
      return target
    },
    set,
    store: (address, value, offset = 0) => {
      const instruction =
        value.type === 'f64' ? [scalar.f64Store, ...memoryArgument(8, offset)] : simdCode(simd.store, ...memoryArgument(16, offset))
      code.push(...address.code, ...value.code, ...instruction)
    },
    call: (target, ...values) => {
      code.push(...values.flatMap(value => value.code), control.call, ...unsignedLeb128(target.index))
    },
    if: branch,
    doWhile,
    forRange: (pointer, end, step, body) => {
      branch(i32.lessThan(pointer, end), () =>
        doWhile(
          () => {
            body()
            set(pointer, i32.add(pointer, i32.const(step)))
          },
          i32.lessThan(pointer, end),
        ),
      )
    },
  }

  return {
    builder,
    parameters,
    encode: () => [...unsignedLeb128(types.length), ...types.flatMap(type => [1, valueTypes[type]]), ...code, control.end],
  }
}
