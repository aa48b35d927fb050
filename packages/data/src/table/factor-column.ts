import { ChoraleError, type Column } from '@chorale/core/contracts'
import { eachSelected, noteMissing, removeGapsInto, type Batch, type ColumnReader, type Missing, type Selection } from './column-reader.js'
import { GrowingValues } from './growing-values.js'
import { sortedLevels, type Level } from './levels.js'
import { quoted } from './quoted.js'

/** A column of categories: text, integers or booleans. Its values are integer codes 0, 1, ... in the sorted order of the levels that occur. */
export class FactorColumn implements ColumnReader {
  readonly missing: Missing = { count: 0 }
  readonly name: string
  readonly #lookedIn: string
  readonly #values: GrowingValues
  /** Codes in order of appearance, replaced by sorted ones at the end. */
  readonly #codes = new Map<Level, number>()

  constructor(name: string, lookedIn: string, expectedRows: number) {
    this.name = name
    this.#lookedIn = lookedIn
    this.#values = new GrowingValues(expectedRows)
  }

  read(pieces: readonly ArrayLike<unknown>[], selection: Selection, place: Batch['place']): void {
    const { target, count, gaps } = selection
    const values = this.#values.withRoomFor(target + count)
    eachSelected(pieces, selection, (cell, index, row) => {
      const level = this.#toLevel(cell, row, place)
      if (level === undefined) {
        values[target + index] = NaN
        gaps[index] = 1
        noteMissing(this.missing, place(row), cell)
        return
      }
      let code = this.#codes.get(level)
      if (code === undefined) {
        code = this.#codes.size
        this.#codes.set(level, code)
      }
      values[target + index] = code
    })
  }

  removeGaps(selection: Selection): void {
    removeGapsInto(this.#values.withRoomFor(0), selection)
  }

  finish(size: number): Column {
    const values = this.#values.finish(size)
    const occurs = new Uint8Array(this.#codes.size)
    for (const code of values) occurs[code] = 1
    const levels = sortedLevels([...this.#codes.keys()].filter(level => occurs[this.#codes.get(level)!] === 1))
    const sortedCode = new Float64Array(this.#codes.size)
    levels.forEach((level, code) => (sortedCode[this.#codes.get(level)!] = code))
    for (let row = 0; row < size; row++) values[row] = sortedCode[values[row]!]!
    return { name: this.name, values, labels: levels.map(String) }
  }

  #toLevel(cell: unknown, row: number, place: Batch['place']): Level | undefined {
    if (typeof cell === 'string') return cell
    if (cell === null || cell === undefined) return undefined
    if (typeof cell === 'boolean') return String(cell)
    if (typeof cell === 'bigint') return Number.isSafeInteger(Number(cell)) ? Number(cell) : cell
    if (typeof cell === 'number') {
      if (Number.isInteger(cell)) return cell
      if (!Number.isFinite(cell)) return undefined
    }
    throw new ChoraleError(
      'CHORALE_DATA_NOT_CATEGORICAL',
      `Column ${quoted(this.name)} is a factor, but holds ${typeof cell === 'number' ? cell : 'a nested value'} in ${place(row)}. Factors are text or integers.`,
      { lookedIn: this.#lookedIn, fix: `remove ${quoted(this.name)} from data.factors` },
    )
  }
}
