import { functionBody, type FunctionBuilder, type FunctionReference, type Local } from './function-builder.js'
import { unsignedLeb128 } from './leb128.js'
import { valueTypes } from './opcodes.js'

const magicAndVersion = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const sectionIds = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const
const functionType = 0x60
const kind = { function: 0x00, memory: 0x02 } as const
const sharedWithMaximum = 0x03
const withoutMaximum = 0x00

const vector = (items: readonly (readonly number[])[]): number[] => unsignedLeb128(items.length).concat(...items)
const sized = (bytes: readonly number[]): number[] => unsignedLeb128(bytes.length).concat(bytes)
const text = (value: string): number[] => sized([...new TextEncoder().encode(value)])
const section = (id: number, bytes: readonly number[]): number[] => [id].concat(sized(bytes))

/** The memory that a module imports as `env.memory`. A shared memory needs its maximum, in pages of 64 KiB. */
export type MemoryImport = { readonly shared: false } | { readonly shared: true; readonly maximumPages: number }

/** A module in the making. */
export interface ModuleBuilder {
  /** Adds a function of `i32` parameters and exports it under `name`. */
  function(name: string, parameterCount: number, build: (body: FunctionBuilder, ...parameters: Local<'i32'>[]) => void): FunctionReference
  /** The module's bytes. */
  encode(): Uint8Array<ArrayBuffer>
}

/** A WebAssembly module with one imported memory and functions that work on it. Source: WebAssembly core specification 2.0, chapter 5. */
export const moduleBuilder = (memory: MemoryImport): ModuleBuilder => {
  const functions: { readonly name: string; readonly parameterCount: number; readonly code: readonly number[] }[] = []
  const limits = memory.shared
    ? [sharedWithMaximum, ...unsignedLeb128(0), ...unsignedLeb128(memory.maximumPages)]
    : [withoutMaximum, ...unsignedLeb128(0)]

  return {
    function: (name, parameterCount, build) => {
      const { builder, parameters, encode } = functionBody(parameterCount)
      build(builder, ...parameters)
      functions.push({ name, parameterCount, code: encode() })
      return { index: functions.length - 1 }
    },
    encode: () => {
      const types = functions.map(({ parameterCount }) => [functionType, ...vector(Array(parameterCount).fill([valueTypes.i32])), 0])
      const sections = magicAndVersion.concat(
        section(sectionIds.type, vector(types)),
        section(sectionIds.import, vector([[...text('env'), ...text('memory'), kind.memory, ...limits]])),
        section(sectionIds.function, vector(functions.map((_, index) => unsignedLeb128(index)))),
        section(sectionIds.export, vector(functions.map(({ name }, index) => [...text(name), kind.function, ...unsignedLeb128(index)]))),
        section(sectionIds.code, vector(functions.map(({ code }) => sized(code)))),
      )
      return new Uint8Array(sections)
    },
  }
}
