import { readFileSync } from 'node:fs'
import * as special from '../../src/special/index.js'

export type Row = readonly [args: readonly number[], expected: number]

interface Tables {
  readonly cases: Readonly<Record<string, readonly (readonly (number | string)[])[]>>
}
interface Grid {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (number | string)[])[]
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8'))
}

/** Rows of one function from a file that holds a table for each function. */
export function tableOf(file: string, name: string): Row[] {
  const rows = (read(file) as Tables).cases[name]!
  return rows.map(row => [row.slice(0, -1).map(Number), Number(row.at(-1))])
}

/** Rows of one column of a file whose functions share their arguments. */
export function columnOf(file: string, name: string, argumentCount: number): Row[] {
  const grid = read(file) as Grid
  const column = grid.columns.indexOf(name)
  return grid.rows.map(row => [row.slice(0, argumentCount).map(Number), Number(row[column])])
}

export function call(name: string, args: readonly number[]): number {
  return (special as unknown as Record<string, (...args: readonly number[]) => number>)[name]!(...args)
}

/** Largest error relative to the expected value, or to `scale` where the expected value is smaller; Infinity where one is not a number. */
export function worstError(name: string, rows: readonly Row[], scale: number): number {
  let worst = 0
  for (const [args, expected] of rows) {
    const actual = call(name, args)
    if (actual === expected) continue
    const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), scale)
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error)
  }
  return worst
}
