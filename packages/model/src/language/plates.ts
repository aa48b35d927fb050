import { ChoraleError } from '@chorale/core/contracts'

import type { Index } from '../expression/index-value.js'
import type { Plate } from '../graph/plate.js'

/** A plate of one trace. Data may use it before the model has named it. */
interface OwnPlate extends Plate {
  name: string
  role: Plate['role']
}

const ROWS_ORDER = 0

/** The plates of one trace. The same rows, index or name is the same plate, however often the model enters it. */
export interface PlateTable {
  readonly rows: Plate
  /** Plates that the model has entered. */
  readonly named: ReadonlyMap<string, Plate>
  /** The plate of an index, made when it is first used. */
  ofIndex(index: Pick<Index, 'name' | 'levels'>): Plate
  nameRows(name: string): Plate
  nameIndex(name: string, index: Index, isLocal: boolean): Plate
  nameFixed(name: string, size: number): Plate
  /** The column whose levels are this plate's elements. */
  indexOf(plate: Plate): string | undefined
}

export function createPlates(rowCount: number): PlateTable {
  const rows: OwnPlate = { name: 'rows', size: rowCount, role: 'rows', order: ROWS_ORDER }
  const named = new Map<string, Plate>()
  const ofIndexes = new Map<string, OwnPlate>()
  let made = ROWS_ORDER

  const add = (name: string, plate: OwnPlate): Plate => {
    const other = named.get(name)
    if (other !== undefined && other !== plate) {
      throw new ChoraleError(
        'CHORALE_MODEL_PLATE',
        `There are two plates with the name "${name}": one of ${other.size}, one of ${plate.size}`,
        {
          askedBy: `plate('${name}', ...)`,
          fix: 'give each plate a name of its own; the same name means the same plate',
        },
      )
    }
    if (![...named.values()].includes(plate)) plate.name = name
    named.set(name, plate)
    return plate
  }

  const ofIndex = ({ name, levels }: Pick<Index, 'name' | 'levels'>): OwnPlate => {
    const known = ofIndexes.get(name) ?? { name, size: levels, role: 'fixed', order: ++made }
    ofIndexes.set(name, known)
    return known
  }

  return {
    rows,
    named,
    ofIndex,
    nameRows: name => add(name, rows),
    nameIndex(name, index, isLocal) {
      const plate = ofIndex(index)
      if (isLocal) plate.role = 'local'
      return add(name, plate)
    },
    nameFixed(name, size) {
      if (!(Number.isInteger(size) && size >= 1)) {
        throw new ChoraleError('CHORALE_MODEL_PLATE', `The plate "${name}" cannot have ${size} elements`, {
          fix: "use a whole number from 1, data.rows, or an index of data.index('column')",
        })
      }
      const known = named.get(name)
      if (known?.role === 'fixed' && known.size === size && indexOf(known) === undefined) return known
      return add(name, { name, size, role: 'fixed', order: ++made })
    },
    indexOf,
  }

  function indexOf(plate: Plate): string | undefined {
    return [...ofIndexes].find(([, other]) => other === plate)?.[0]
  }
}
