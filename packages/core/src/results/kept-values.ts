import { tableValues, type TableModel } from '../combination/parameter-table.js'
import type { FileRecord } from '../contracts/task.js'
import { valueCount } from '../model/parameter-names.js'
import { rowWidth, sitesOf, type Site } from './sites.js'
import { filledBlocks, writeRows } from './write-rows.js'

/** Values of a model that are written: which, and of what. */
export interface KeptValues {
  readonly sites: readonly Site[]
  /** Their numbers among all values of the model. */
  readonly numbers: readonly number[]
  readonly model: TableModel
}

/** The values of those sites that are not left out. */
export function keptValues(model: TableModel, leaveOut: (site: Site) => boolean = () => false): KeptValues {
  let at = 0
  const numbers: number[] = []
  const sites = sitesOf(model).filter(site => {
    const from = at
    at += valueCount(site)
    if (leaveOut(site)) return false
    for (let j = from; j < at; j++) numbers.push(j)
    return true
  })
  return { sites, numbers, model }
}

/** Writes the values at these positions, a row each. */
export function writeValues(
  folder: string,
  name: string,
  { model, sites, numbers }: KeptValues,
  positions: AsyncIterable<Float64Array>,
): Promise<FileRecord> {
  const { computeAt, value } = tableValues(model)
  const width = numbers.length
  const blocks = filledBlocks(width, positions, (to, at, position) => {
    computeAt(position, 0)
    for (let k = 0; k < width; k++) to[at + k] = value(numbers[k]!)
  })
  return writeRows(folder, name, { columns: Array.from({ length: rowWidth(sites) }, (_, i) => `v${i}`), blocks })
}
