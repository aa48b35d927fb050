/** What compiled code refers to: names, constants, kernels, and the arenas. */

import type { ConstantNode } from '../graph/node.js'

/** One set of names and one pair of arenas for all code of a density. */
export class Closure {
  readonly bindings = new Map<string, unknown>()
  /** Numbers that are in the value arena from the start. */
  readonly preset: { readonly offset: number; readonly values: Float64Array }[] = []
  readonly #names = new Map<unknown, string>()
  readonly #presets = new Map<Float64Array, number>()
  #counter = 0
  #size = 0

  /** Numbers in each arena. */
  get size(): number {
    return this.#size
  }

  /** A name that no other variable has. `$` names belong to the function, others to the loop in which they are declared. */
  fresh(prefix: '$' | 'x' | 't'): string {
    this.#counter += 1
    return `${prefix}${this.#counter}`
  }

  /** The name under which code finds an object. */
  bind(prefix: string, object: unknown): string {
    const known = this.#names.get(object)
    if (known !== undefined) return known
    const name = `${prefix}${this.#names.size}`
    this.#names.set(object, name)
    this.bindings.set(name, object)
    return name
  }

  /** Adjacent numbers in both arenas. */
  allocate(size: number): number {
    const offset = this.#size
    this.#size += size
    return offset
  }

  /** Where in the value arena a constant lies. */
  presetOffset({ values }: ConstantNode): number {
    const known = this.#presets.get(values)
    if (known !== undefined) return known
    const offset = this.allocate(values.length)
    this.#presets.set(values, offset)
    this.preset.push({ offset, values })
    return offset
  }
}

/** A number as source. */
export function literal(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.startsWith('-') ? `(${text})` : text
}

/** Whether a source is the name of a variable of the function, or a number: the same in all iterations of a loop. */
export const isInvariant = (source: string): boolean => !/\b[xti]\d/.test(source)

export const isName = (source: string): boolean => /^[$\w.]+$/.test(source)
