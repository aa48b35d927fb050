import type { MemoryImport, ModuleBuilder } from './encoder.js'
import { moduleBuilder } from './encoder.js'
import { webAssembly, type WasmModule } from './web-assembly.js'
import type { KernelMemory } from './kernel-memory.js'

/** A kernel as JavaScript calls it: addresses and counts in, nothing out. */
export type KernelFunction = (...values: number[]) => void

const modules = new Map<string, WasmModule>()

const memoryKey = (kind: MemoryImport): string => (kind.shared ? `shared ${kind.maximumPages}` : 'own')

/** The functions of a generated module on this memory. `key` names the shape: a shape is generated and compiled once in a thread. */
export const instantiate = (key: string, memory: KernelMemory, build: (module: ModuleBuilder) => void): Record<string, KernelFunction> => {
  const fullKey = `${key}, ${memoryKey(memory.kind)}`
  let module = modules.get(fullKey)
  if (!module) {
    const builder = moduleBuilder(memory.kind)
    build(builder)
    module = new webAssembly.Module(builder.encode())
    modules.set(fullKey, module)
  }
  return new webAssembly.Instance(module, { env: { memory: memory.memory } }).exports as Record<string, KernelFunction>
}
