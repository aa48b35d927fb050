import { ChoraleError } from '@chorale/core/contracts'

import { add } from '../expression/elementary.js'
import { value, type Operand, type Value } from '../expression/value.js'
import { describeShape } from '../graph/shape.js'

/** A vector, or a number for all of its entries. */
export type VectorOperand = Operand | readonly number[]

/** A matrix of the model, or its rows of numbers. */
export type MatrixOperand = Value | readonly (readonly number[])[]

/** A square matrix and its order. Throws CHORALE_MODEL_SHAPE for what is none. */
export function squareMatrix(what: string, operand: MatrixOperand): { readonly matrix: Value; readonly order: number } {
  const matrix = value(operand)
  const [rows, columns] = matrix.event
  if (rows === undefined || rows !== columns || matrix.event.length !== 2) {
    throw shapeError(`${what} has shape ${describeShape(matrix.node.shape)}`, 'give a square matrix [D, D]')
  }
  return { matrix, order: rows }
}

/** A vector of `length` entries; a number is repeated. Throws CHORALE_MODEL_SHAPE for other shapes. */
export function vectorOfLength(what: string, operand: VectorOperand, length: number): Value {
  const vector = value(operand)
  if (vector.event.length === 1 && vector.length === length) return vector
  if (vector.event.length === 0) return add(value(new Float64Array(length)), vector)
  throw shapeError(
    `${what} has shape ${describeShape(vector.node.shape)}`,
    `give a vector of ${length} entries, or a number for all of them`,
  )
}

/** A vector as it is. Throws CHORALE_MODEL_SHAPE for other shapes. */
export function vectorOf(what: string, operand: Value | readonly number[]): Value {
  const vector = value(operand)
  if (vector.event.length === 1) return vector
  throw shapeError(`${what} has shape ${describeShape(vector.node.shape)}`, 'give a vector, one entry for each category')
}

const shapeError = (message: string, fix: string): ChoraleError => new ChoraleError('CHORALE_MODEL_SHAPE', message, { fix })
