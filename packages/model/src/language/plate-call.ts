import { ChoraleError } from '@chorale/core/contracts'

import type { Index } from '../expression/index-value.js'
import type { Plate } from '../graph/plate.js'
import type { Rows } from './data-scope.js'
import type { PlateFunction } from './scope.js'
import { requireOpen, type Trace } from './trace.js'

interface Options {
  readonly local?: boolean
  readonly joint?: boolean
}

type Size = number | Rows | Index

export function createPlateFunction(trace: Trace): PlateFunction {
  function plate<T>(name: string, size: Size, ...rest: readonly [() => T] | readonly [Options, () => T]): T {
    requireOpen(trace, `plate('${name}', ...)`)
    const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest
    if (typeof body !== 'function') {
      throw new ChoraleError('CHORALE_MODEL_PLATE', `The plate "${name}" has no body`, { fix: `plate('${name}', size, () => { ... })` })
    }
    const entered = plateOf(trace, name, size, options)
    checkNesting(trace, entered)
    trace.active.push(entered)
    try {
      return body()
    } finally {
      trace.active.pop()
    }
  }
  return plate
}

function plateOf(trace: Trace, name: string, size: Size, { local = false, joint = false }: Options): Plate {
  if (typeof size === 'number') return trace.plates.nameFixed(name, size)
  if ('kind' in size) {
    if (joint) trace.jointReasons.add(`the plate "${name}" is marked as joint`)
    return trace.plates.nameRows(name)
  }
  if (local) {
    if (!trace.renumbered.has(size.name) && trace.source.isReal) {
      throw new ChoraleError(
        'CHORALE_MODEL_DATA_DEPENDENT',
        `The plate "${name}" is local with these data, but was not when the model was read without data`,
        {
          fix: 'mark plates as local whatever the data are',
        },
      )
    }
    trace.localIndexes.add(size.name)
  }
  return trace.plates.nameIndex(name, size, local)
}

function checkNesting(trace: Trace, entered: Plate): void {
  if (trace.active.includes(entered)) {
    throw new ChoraleError('CHORALE_MODEL_PLATE', `The plate "${entered.name}" is inside of itself`, { fix: 'enter each plate once' })
  }
  const isRow = entered === trace.plates.rows
  const other = trace.active.find(plate =>
    isRow ? trace.plates.indexOf(plate) !== undefined : plate === trace.plates.rows && trace.plates.indexOf(entered) !== undefined,
  )
  if (other === undefined) return
  const [rows, group] = isRow ? [entered, other] : [other, entered]
  throw new ChoraleError(
    'CHORALE_MODEL_PLATE',
    `The plates "${rows.name}" of all rows and "${group.name}" of groups of these rows cannot be nested`,
    {
      fix: `write them one after the other, and take each row's group with .at(index): plate('${group.name}', index, ...); plate('${rows.name}', data.rows, ...)`,
    },
  )
}
