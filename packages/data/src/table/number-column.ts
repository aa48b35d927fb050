import { ChoraleError, type Column } from '@chorale/core/contracts'
import { eachSelected, noteMissing, removeGapsInto, type Batch, type ColumnReader, type Missing, type Selection } from './column-reader.js'
import { GrowingValues } from './growing-values.js'
import { quoted } from './quoted.js'

/** A column of numbers: integers of any width that a Float64 holds exactly, floats, booleans as 0 and 1. */
export class NumberColumn implements ColumnReader {
  readonly missing: Missing = { count: 0 }
  readonly name: string
  readonly #lookedIn: string
  readonly #values: GrowingValues

  constructor(name: string, lookedIn: string, expectedRows: number) {
    this.name = name
    this.#lookedIn = lookedIn
    this.#values = new GrowingValues(expectedRows)
  }

  read(pieces: readonly ArrayLike<unknown>[], selection: Selection, place: Batch['place']): void {
    const { target, count, gaps } = selection
    const values = this.#values.withRoomFor(target + count)
    eachSelected(pieces, selection, (cell, index, row) => {
      const value = typeof cell === 'number' ? cell : this.#toNumber(cell, row, place)
      if (Number.isFinite(value)) {
        values[target + index] = value
      } else {
        values[target + index] = NaN
        gaps[index] = 1
        noteMissing(this.missing, place(row), cell)
      }
    })
  }

  removeGaps(selection: Selection): void {
    removeGapsInto(this.#values.withRoomFor(0), selection)
  }

  finish(size: number): Column {
    return { name: this.name, values: this.#values.finish(size) }
  }

  #toNumber(cell: unknown, row: number, place: Batch['place']): number {
    if (cell === null || cell === undefined) return NaN
    if (typeof cell === 'boolean') return cell ? 1 : 0
    if (typeof cell === 'bigint') {
      const value = Number(cell)
      if (!isExact(cell, value)) throw this.#integerTooLarge(cell, place(row))
      return value
    }
    throw this.#notNumeric(cell, place(row))
  }

  #integerTooLarge(cell: bigint, place: string): ChoraleError {
    return new ChoraleError(
      'CHORALE_DATA_INTEGER_TOO_LARGE',
      `Column ${quoted(this.name)} holds ${cell} in ${place}, which is beyond 2^53 and would be rounded.`,
      {
        lookedIn: this.#lookedIn,
        fix: `if it is an identifier, name it in data.factors: factors: [${quoted(this.name)}]; otherwise store it as a floating-point number`,
      },
    )
  }

  #notNumeric(cell: unknown, place: string): ChoraleError {
    const holds = typeof cell === 'string' ? `the text ${quoted(cell)}` : 'a nested value'
    return new ChoraleError('CHORALE_DATA_NOT_NUMERIC', `Column ${quoted(this.name)} holds ${holds} in ${place}, and numbers are needed.`, {
      lookedIn: this.#lookedIn,
      fix:
        typeof cell === 'string'
          ? `if it holds categories, name it in data.factors: factors: [${quoted(this.name)}]`
          : 'flatten the column before, or request another one',
    })
  }
}

const isExact = (integer: bigint, value: number): boolean => Number.isSafeInteger(value) || BigInt(value) === integer
