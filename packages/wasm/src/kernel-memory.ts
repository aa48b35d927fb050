import { ChoraleError } from '@chorale/core/contracts'
import type { MemoryImport } from './encoder.js'
import { webAssembly, type WasmMemory } from './web-assembly.js'

const pageBytes = 65_536
/** WebAssembly addresses have 32 bits. */
const addressablePages = 65_536
const cacheLine = 64

/** A WebAssembly memory from which kernels take pieces. */
export interface KernelMemory {
  readonly memory: WasmMemory
  /** How modules import it. */
  readonly kind: MemoryImport
  /** The address of new zeros, at the start of a cache line. Errors: CHORALE_WASM_MEMORY above 4 GiB or the maximum. */
  reserve(bytes: number): number
  /** Gives back all pieces from `address` on, which `reserve` answered: they are not to be used any more. */
  rewind(address: number): void
  /**
   * Numbers at an address. Ask again instead of keeping the array: growth of an unshared memory empties arrays given out before.
   */
  view(address: number, length: number): () => Float64Array
}

/** Which memory kernels work on. */
export interface KernelMemoryOptions {
  /** A memory that other threads use too; its first `reservedBytes` bytes are left alone. Default: a new memory that grows. */
  readonly existing?: { readonly memory: WasmMemory; readonly kind: MemoryImport; readonly reservedBytes: number }
  /** Makes the new memory shared between threads, with this size at most, in bytes. */
  readonly sharedBytes?: number
}

const outOfMemory = (bytes: number, cause?: unknown): ChoraleError =>
  new ChoraleError('CHORALE_WASM_MEMORY', `${Math.ceil(bytes / 1e6)} MB of WebAssembly memory are needed, more than there is.`, {
    fix: 'sharding.shards: more shards, so that each has fewer rows (a WebAssembly memory ends at 4 GiB)',
    cause,
  })

/** V8 reserves about 10 GB of addresses, not of memory, for a WebAssembly memory of any size, so that accesses need no bounds checks. */
const noAddresses = (cause: unknown): ChoraleError =>
  new ChoraleError(
    'CHORALE_WASM_MEMORY',
    'The process got no addresses for a WebAssembly memory: it takes 10 GB of them, though far less memory.',
    {
      fix: 'lift the limit on address space (ulimit -v unlimited; in a batch job limit mem, not vmem or pvmem), or set NODE_OPTIONS=--disable-wasm-trap-handler',
      cause,
    },
  )

const createMemory = (descriptor: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean }): WasmMemory => {
  try {
    return new webAssembly.Memory(descriptor)
  } catch (cause) {
    throw noAddresses(cause)
  }
}

const create = (options: KernelMemoryOptions): { memory: WasmMemory; kind: MemoryImport; reservedBytes: number } => {
  if (options.existing) return options.existing
  if (options.sharedBytes === undefined) {
    return { memory: createMemory({ initial: 1 }), kind: { shared: false }, reservedBytes: 0 }
  }
  const maximumPages = Math.ceil(options.sharedBytes / pageBytes)
  if (maximumPages > addressablePages) throw outOfMemory(options.sharedBytes)
  const memory = createMemory({ initial: 1, maximum: maximumPages, shared: true })
  return { memory, kind: { shared: true, maximumPages }, reservedBytes: 0 }
}

/** A new memory, or the rest of an existing one. Errors: CHORALE_WASM_MEMORY where the process may not reserve addresses for it. */
export const kernelMemory = (options: KernelMemoryOptions = {}): KernelMemory => {
  const { memory, kind, reservedBytes } = create(options)
  let used = Math.ceil(reservedBytes / cacheLine) * cacheLine
  /** What was ever given out ends here; behind are zeros. */
  let touched = used
  return {
    memory,
    kind,
    reserve: bytes => {
      const address = used
      const end = address + Math.ceil(bytes / cacheLine) * cacheLine
      const missing = Math.ceil((end - memory.buffer.byteLength) / pageBytes)
      if (end > addressablePages * pageBytes) throw outOfMemory(end)
      if (missing > 0) {
        try {
          memory.grow(missing)
        } catch (cause) {
          throw outOfMemory(end, cause)
        }
      }
      if (address < touched) new Float64Array(memory.buffer, address, (Math.min(end, touched) - address) / 8).fill(0)
      used = end
      touched = Math.max(touched, end)
      return address
    },
    rewind: address => {
      used = address
    },
    view: (address, length) => {
      let array = new Float64Array(memory.buffer, address, length)
      return () => {
        if (array.length !== length) array = new Float64Array(memory.buffer, address, length)
        return array
      }
    },
  }
}
