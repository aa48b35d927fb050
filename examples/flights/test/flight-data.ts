import type { ShardData } from '@chorale/core/contracts'

import { readFlights, type FlightColumns } from '../full-posterior.js'

/** 200,000 flights of the file, as the settings of the example take them. */
export const everyFifteenth: FlightColumns = await readFlights(15)

/** Rows `from`, `from` + 1, ..., as a model gets them. */
export function shardOf(columns: FlightColumns, from: number, rows: number): ShardData {
  const cut = new Map(Object.entries(columns).map(([name, values]: [string, Float64Array]) => [name, values.subarray(from, from + rows)]))
  return { rows, column: name => cut.get(name)! }
}

export const powers = { prior: 1, likelihood: 1, jacobian: 1 }
