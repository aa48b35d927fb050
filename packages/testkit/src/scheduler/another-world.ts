import { createRequire, syncBuiltinESMExports } from 'node:module'

const require = createRequire(import.meta.url)
const MODULES = ['fs', 'fs/promises', 'child_process', 'net', 'http', 'https', 'dns', 'os'] as const
const A_YEAR_MS = 365 * 86_400_000

type Module = Record<string, unknown>

/** Replaces what asks the system, in modules and under the names that others imported from them; returns how to undo that. */
function cutOff(called: Set<string>): () => void {
  const before: (readonly [Module, string, unknown])[] = []
  for (const name of MODULES) {
    const module = require(`node:${name}`) as Module
    for (const [key, { value, writable = false }] of Object.entries(Object.getOwnPropertyDescriptors(module))) {
      if (typeof value !== 'function' || !writable || /^[A-Z_]/.test(key)) continue
      before.push([module, key, value])
      module[key] = () => {
        called.add(`${name}.${key}`)
        throw new Error(`there is no ${name}.${key} here`)
      }
    }
  }
  syncBuiltinESMExports()
  return () => {
    for (const [module, key, value] of before) module[key] = value
    syncBuiltinESMExports()
  }
}

/**
 * Does synchronous work where there are no files, processes, networks and variables, in another year, with another chance.
 * @returns what it gave, or the error that it threw, and which functions of the system it called
 */
export function inAnotherWorld<T>(work: () => T): {
  readonly outcome: { readonly value: T } | { readonly error: unknown }
  readonly called: readonly string[]
} {
  const { Date: RealDate, process } = globalThis
  const { env, cwd } = process
  const { random } = Math
  const called = new Set<string>()
  const later = RealDate.now() + A_YEAR_MS
  globalThis.Date = class extends RealDate {
    constructor(...args: readonly unknown[]) {
      if (args.length === 0) super(later)
      else super(...(args as [number]))
    }
    static override now = (): number => later
  } as DateConstructor
  Math.random = () => 0.123
  process.env = {}
  process.cwd = () => '/another/world'
  const undo = cutOff(called)
  try {
    return { outcome: { value: work() }, called: [...called] }
  } catch (error) {
    return { outcome: { error }, called: [...called] }
  } finally {
    undo()
    globalThis.Date = RealDate
    Math.random = random
    process.env = env
    process.cwd = cwd
  }
}
