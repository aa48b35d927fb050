import { createStream, prngKey } from '@chorale/random'
import { expect } from 'vitest'
import type { Kernel, KernelInstance } from '../../src/kernels/kernel.js'
import { derivativeAtZero } from './numeric-derivative.js'

export type Shapes = readonly (readonly number[])[]

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

const GAP = 3

/** Inputs and output in one arena, in that order, with gaps between them. */
const layOut = (inputs: readonly Float64Array[], instance: KernelInstance) => {
  const at: number[] = []
  let end = GAP
  for (const input of inputs) {
    at.push(end)
    end += input.length + GAP
  }
  const values = new Float64Array(end + sizeOf(instance.shape) + GAP).fill(NaN)
  inputs.forEach((input, k) => {
    values.set(input, at[k])
  })
  return { values, at, out: end }
}

/** The output of a kernel for these inputs. */
export const apply = (kernel: Kernel, shapes: Shapes, inputs: readonly ArrayLike<number>[]): Float64Array => {
  const instance = kernel.instantiate(shapes)
  const { values, at, out } = layOut(
    inputs.map(input => Float64Array.from(input)),
    instance,
  )
  instance.forward(values, out, at)
  return values.slice(out, out + sizeOf(instance.shape))
}

/** The gradients of weights . output with respect to all inputs, by the reverse pass. */
export const pullBack = (
  kernel: Kernel,
  shapes: Shapes,
  inputs: readonly ArrayLike<number>[],
  weights: ArrayLike<number>,
): Float64Array[] => {
  const instance = kernel.instantiate(shapes)
  const { values, at, out } = layOut(
    inputs.map(input => Float64Array.from(input)),
    instance,
  )
  instance.forward(values, out, at)
  const adjoints = new Float64Array(values.length)
  adjoints.set(Float64Array.from(weights), out)
  instance.reverse(
    values,
    adjoints,
    out,
    at,
    inputs.map(() => true),
  )
  return inputs.map((input, k) => adjoints.slice(at[k], at[k] + input.length))
}

interface LawOptions {
  /** Inputs that never get a gradient: counts and indices. */
  readonly constant?: readonly number[]
  /** Relative to the sum of the absolute terms of the derivative. */
  readonly tolerance?: number
  /** Typical size of the inputs. */
  readonly scale?: number
  /** First finite-difference step, relative to scale + |x|. */
  readonly step?: number
}

const isFlagged = (mask: number, k: number): boolean => ((mask >> k) & 1) === 1

/**
 * What every kernel owes the compiler: the reverse pass is the derivative of the forward pass; it adds; it leaves alone what is not wanted, all
 * values, and everything outside of its arrays.
 */
export const expectLawful = (kernel: Kernel, shapes: Shapes, inputs: readonly Float64Array[], options: LawOptions = {}): void => {
  const { constant = [], tolerance = 1e-8, scale: inputScale = 1, step = 0.02 } = options
  const stream = createStream(prngKey(9021))
  const instance = kernel.instantiate(shapes)
  const { values, at, out } = layOut(inputs, instance)
  instance.forward(values, out, at)
  inputs.forEach((input, k) => {
    expect(values.slice(at[k], at[k] + input.length)).toEqual(input)
  })
  const size = sizeOf(instance.shape)
  const output = values.slice(out, out + size)
  expect(output.every(Number.isFinite), `${kernel.name} is finite`).toBe(true)
  const before = Float64Array.from(values, () => stream.normal())
  const weights = before.slice(out, out + size)

  const noise = output.reduce((largest, value, j) => Math.max(largest, Math.abs(value * weights[j])), 0) * 1e-13

  const numeric = inputs.map((input, k) =>
    Array.from(input, (x, element) => {
      const probe = values.slice()
      const terms = Array.from({ length: size }, (_, j) =>
        derivativeAtZero(
          t => {
            probe[at[k] + element] = x + t
            instance.forward(probe, out, at)
            return weights[j] * probe[out + j]
          },
          step * (inputScale + Math.abs(x)),
        ),
      )
      return { sum: terms.reduce((a, b) => a + b, 0), scale: terms.reduce((a, b) => a + Math.abs(b), 0) }
    }),
  )

  for (let mask = 0; mask < 1 << inputs.length; mask++) {
    instance.forward(values, out, at)
    // Along a plate all forward passes come first.
    instance.forward(
      Float64Array.from(values, value => 1.01 * value),
      out,
      at,
    )
    const frozen = values.slice()
    const adjoints = before.slice()
    const wanted = inputs.map((_, k) => isFlagged(mask, k))
    instance.reverse(values, adjoints, out, at, wanted)
    expect(values).toEqual(frozen)
    const expected = before.slice()
    inputs.forEach((input, k) => {
      if (!wanted[k] || constant.includes(k)) return
      for (let element = 0; element < input.length; element++) {
        const { sum, scale } = numeric[k][element]
        const got = adjoints[at[k] + element] - before[at[k] + element]
        const message = `${kernel.name} ${JSON.stringify(shapes)}, input ${String(k)}, element ${String(element)}`
        const bound = tolerance * scale + noise / (step * inputScale) + 1e-15 * Math.abs(before[at[k] + element])
        expect(Math.abs(got - sum), message).toBeLessThanOrEqual(bound)
        expected[at[k] + element] = adjoints[at[k] + element]
      }
    })
    expect(adjoints, `${kernel.name} adds to nothing else`).toEqual(expected)
  }
}

/** Inputs that are one and the same array get the sum of what distinct arrays with these numbers get. */
export const expectAliasSafe = (kernel: Kernel, shapes: Shapes, inputs: readonly Float64Array[], groups: readonly number[]): void => {
  const stream = createStream(prngKey(377))
  const instance = kernel.instantiate(shapes)
  const { values, at, out } = layOut(inputs, instance)
  instance.forward(values, out, at)
  const size = sizeOf(instance.shape)
  const adjoints = Float64Array.from(values, () => stream.normal())
  const separate = adjoints.slice()
  const wanted = inputs.map(() => true)
  instance.reverse(values, separate, out, at, wanted)

  const shared = at.map((_, k) => at[groups[k]])
  const aliased = adjoints.slice()
  const output = values.slice(out, out + size)
  instance.forward(values, out, shared)
  expect(values.slice(out, out + size)).toEqual(output)
  instance.reverse(values, aliased, out, shared, wanted)
  inputs.forEach((input, k) => {
    if (groups[k] !== k) return
    for (let element = 0; element < input.length; element++) {
      let sum = 0
      let scale = 1
      inputs.forEach((_, other) => {
        if (groups[other] !== k) return
        const sent = separate[at[other] + element] - adjoints[at[other] + element]
        sum += sent
        scale += Math.abs(sent)
      })
      expect(Math.abs(aliased[at[k] + element] - adjoints[at[k] + element] - sum)).toBeLessThanOrEqual(1e-13 * scale)
    }
  })
}
