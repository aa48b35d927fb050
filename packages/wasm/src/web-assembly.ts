/** A linear memory: what kernels need of `WebAssembly.Memory`, which the types of Node do not declare. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer
  grow(pages: number): number
}

/** A compiled module; opaque. */
export type WasmModule = object

interface WebAssemblyApi {
  readonly Memory: new (descriptor: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean }) => WasmMemory
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Instance: new (module: WasmModule, imports: unknown) => { readonly exports: unknown }
  validate(bytes: Uint8Array): boolean
}

/** `WebAssembly`, as far as kernels need it. */
export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly
