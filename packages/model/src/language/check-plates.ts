import { ChoraleError } from '@chorale/core/contracts'

import type { Value } from '../expression/value.js'
import { activePlates, type Trace } from './trace.js'

/** Refuses a value with a plate that is not active. `what`: its role in the site, as in `the mean`. */
export function requireActivePlates(trace: Trace, site: string, what: string, value: Value): void {
  const active = activePlates(trace)
  const foreign = value.node.shape.plates.find(plate => !active.includes(plate))
  if (foreign === undefined) return
  const isRows = foreign === trace.plates.rows
  const index = trace.plates.indexOf(foreign)
  const plates = active.length === 0 ? 'no plate' : `the plate ${active.map(plate => `"${plate.name}"`).join(' and ')}`
  const name =
    isRows && foreign.name === 'rows'
      ? 'the rows of the data'
      : `the elements of the plate "${foreign.name}"${trace.source.isReal ? ` (${foreign.size} elements)` : ''}`
  const here = isRows ? `put the site into plate('${foreign.name}', data.rows, () => ...)` : `put the site into the plate "${foreign.name}"`
  const take = `take the entry that belongs to each row with .at(${index}), where ${index} = data.index('${index}')`
  const fix = index === undefined ? here : active.includes(trace.plates.rows) ? take : `${here}, or ${take}, in the plate of rows`
  throw new ChoraleError('CHORALE_MODEL_PLATE', `Site "${site}" is in ${plates}, but ${what} has one value for each of ${name}`, { fix })
}
