import type { Table } from '@chorale/core'
import { createStream, prngKey } from '@chorale/random'

/** Columns of the designs in `models.mjs`. */
const COLUMNS = 8

/** A prime: columns that go through the numbers in different steps repeat together only after so many rows. */
const NUMBERS = 4099

/** The rows of a shard, for all models in `models.mjs`. */
export function table(rows: number, shard: number): Table {
  const stream = createStream(prngKey(shard))
  const numbers = Float64Array.from({ length: NUMBERS }, () => stream.normal())
  const column = (name: string, value: (row: number) => number) => {
    const values = new Float64Array(rows)
    for (let i = 0; i < rows; i++) values[i] = value(i)
    return { name, values }
  }
  const stepping = (name: string, step: number) => column(name, i => numbers[(i * step) % NUMBERS]!)
  return {
    rows,
    columns: [
      ...Array.from({ length: COLUMNS }, (_, j) => stepping(`x${j}`, j + 1)),
      stepping('y', COLUMNS + 1),
      column('late', i => (numbers[(i * (COLUMNS + 2)) % NUMBERS]! > 0.25 ? 1 : 0)),
      column('group', i => Math.floor((Math.min(20, rows) * i) / rows)),
      column('shard', () => shard),
    ],
  }
}
