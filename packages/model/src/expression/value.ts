import { ChoraleError } from '@chorale/core/contracts'

import { applyKernel, constant, elementwise, pick, scalar, sum } from '../graph/build.js'
import type { Node } from '../graph/node.js'
import type { OperatorName } from '../graph/operators.js'
import { describeShape, eventSize } from '../graph/shape.js'
import { dot } from '../kernels/dot.js'
import type { Index } from './index-value.js'
import { gatherAlong, groupAt } from './gather.js'

/** What functions of the language take: a value of the model, or a number. */
export type Operand = Value | number

/**
 * A number or an array in a model: data, a parameter, or what is computed from them. Values never change.
 *
 * A value has one element of shape `event` (`[]`: a scalar, `[3]`: a vector, `[3, 2]`: a matrix) for each element of its plates. Arithmetic works
 * element by element; plates are matched by name, so a value of each group and a value of each row never meet by accident: take the row's group with
 * `.at(index)`.
 */
export class Value {
  readonly node: Node

  constructor(node: Node) {
    this.node = node
  }

  /** Shape of one element, inside of the plates. */
  get event(): readonly number[] {
    return this.node.shape.event
  }

  /** Number of entries along the first axis of one element. Throws for scalars. */
  get length(): number {
    const [length] = this.event
    if (length === undefined) throw shapeError('a scalar has no length', 'ask for the length of a vector or matrix')
    return length
  }

  add(other: Operand): Value {
    return apply('add', this, other)
  }

  sub(other: Operand): Value {
    return apply('sub', this, other)
  }

  mul(other: Operand): Value {
    return apply('mul', this, other)
  }

  div(other: Operand): Value {
    return apply('div', this, other)
  }

  neg(): Value {
    return apply('neg', this)
  }

  square(): Value {
    return apply('square', this)
  }

  /** This to the power of `exponent`. Small whole exponents are multiplied out. */
  pow(exponent: Operand): Value {
    return typeof exponent === 'number' && exponent === 2 ? this.square() : apply('pow', this, exponent)
  }

  /** Sum over the entries of one element; plates stay. */
  sum(): Value {
    return new Value(sum(this.node, { plates: [], event: true }))
  }

  /** Inner product along the last axis: a matrix row or vector [.., D] with a vector [D]. */
  dot(other: Value): Value {
    return new Value(applyKernel(dot, [this.node, other.node]))
  }

  /** Mean over the entries of one element; plates stay. */
  mean(): Value {
    return this.sum().mul(1 / eventSize(this.event))
  }

  /**
   * Entries by position. A number (from 0; negative: from the end) takes one entry along the first axis, or the number of one group where there is a number
   * for each group. An index of the data takes, for each of its rows, the entry that belongs to the row's level: of a plate of groups if this value has one,
   * otherwise along the first axis. Several arguments: one axis after another.
   */
  at(...positions: readonly (number | Index)[]): Value {
    return positions.reduce<Value>(
      (value, position) => (typeof position === 'number' ? value.entry(position) : new Value(gatherAlong(value.node, position))),
      this,
    )
  }

  /** Entries `start` to `end - 1` along the first axis, like `Array.prototype.slice`. */
  slice(start: number, end: number = this.length): Value {
    const from = start < 0 ? this.length + start : start
    const to = end < 0 ? this.length + end : end
    if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= this.length)) {
      throw shapeError(`slice(${start}, ${end}) does not fit ${describeShape(this.node.shape)}`, `use positions from 0 to ${this.length}`)
    }
    const inner = eventSize(this.event.slice(1))
    const index = Int32Array.from({ length: (to - from) * inner }, (_, k) => from * inner + k)
    return new Value(pick(this.node, index, [to - from, ...this.event.slice(1)]))
  }

  private entry(position: number): Value {
    if (this.event.length === 0 && this.node.shape.plates.some(plate => plate.role === 'fixed'))
      return new Value(groupAt(this.node, position))
    const at = position < 0 ? this.length + position : position
    if (!Number.isInteger(at) || at < 0 || at >= this.length) {
      throw shapeError(
        `entry ${position} of ${describeShape(this.node.shape)} does not exist`,
        `use a whole number from 0 to ${this.length - 1}`,
      )
    }
    const inner = eventSize(this.event.slice(1))
    return new Value(
      pick(
        this.node,
        Int32Array.from({ length: inner }, (_, k) => at * inner + k),
        this.event.slice(1),
      ),
    )
  }
}

export function nodeOf(operand: Operand): Node {
  if (typeof operand === 'number') return scalar(operand)
  const node = (operand as Partial<Value> | null | undefined)?.node
  if (node !== undefined) return node
  throw shapeError(
    `functions of the language take values and numbers, and one got ${describeOther(operand)}`,
    'wrap an array of numbers in value(...)',
  )
}

const describeOther = (other: unknown): string =>
  Array.isArray(other) ? 'an array' : other === null ? 'null' : `a thing of type ${typeof other}`

/** An elementwise function of the language applied to operands. */
export const apply = (name: OperatorName, ...operands: readonly Operand[]): Value => new Value(elementwise(name, operands.map(nodeOf)))

/** A number as a value, or a (nested) array of numbers as a vector or matrix: constants of the model. */
export function value(numbers: Operand | readonly number[] | Float64Array | readonly (readonly number[])[]): Value {
  if (numbers instanceof Value) return numbers
  if (typeof numbers === 'number') return new Value(scalar(numbers))
  return isMatrix(numbers) ? matrix(numbers) : new Value(constant(Float64Array.from(numbers), { plates: [], event: [numbers.length] }))
}

const isMatrix = (numbers: ArrayLike<number> | readonly (readonly number[])[]): numbers is readonly (readonly number[])[] =>
  typeof numbers[0] === 'object'

function matrix(rows: readonly (readonly number[])[]): Value {
  const width = rows[0]!.length
  const entries = new Float64Array(rows.length * width)
  rows.forEach((row, i) => {
    if (row.length !== width) throw shapeError('the rows of a constant matrix have different lengths', 'give each row as many numbers')
    entries.set(row, i * width)
  })
  return new Value(constant(entries, { plates: [], event: [rows.length, width] }))
}

function shapeError(message: string, fix: string): ChoraleError {
  return new ChoraleError('CHORALE_MODEL_SHAPE', message, { fix })
}
