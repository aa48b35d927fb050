import { ChoraleError } from '@chorale/core/contracts'

import type { Plate } from '../graph/plate.js'
import { sizeOf, type Shape } from '../graph/shape.js'
import { rowName } from './checked-column.js'
import type { ColumnSource } from './column-source.js'
import { createPlates, type PlateTable } from './plates.js'
import type { Site } from './site.js'

/** What one run of the model function does: sites, plates and columns, in the order in which the model names them. */
export interface Trace {
  readonly source: ColumnSource
  readonly plates: PlateTable
  readonly sites: Site[]
  /** Plates that are entered, in the order of entering. */
  readonly active: Plate[]
  readonly columns: Set<string>
  /** Index columns whose groups are local. */
  readonly localIndexes: Set<string>
  /** Index columns that are numbered by the levels of the shard: those that were local when the model was read without data. */
  readonly renumbered: ReadonlySet<string>
  /** By index column: the level of each element of the index's plate. */
  readonly levelsOf: Map<string, Int32Array>
  /** Why the likelihood is no product over rows. */
  readonly jointReasons: Set<string>
  /** The model function has returned. */
  isOver: boolean
}

export const createTrace = (source: ColumnSource, renumbered: ReadonlySet<string>): Trace => ({
  source,
  plates: createPlates(source.rows),
  sites: [],
  active: [],
  columns: new Set(),
  localIndexes: new Set(),
  renumbered,
  levelsOf: new Map(),
  jointReasons: new Set(),
  isOver: false,
})

/** Throws CHORALE_MODEL_OUTSIDE when the model function has returned. */
export function requireOpen(trace: Trace, call: string): void {
  if (!trace.isOver) return
  throw new ChoraleError('CHORALE_MODEL_OUTSIDE', `${call} was called after the model function had returned`, {
    fix: 'call data, sample, plate, deterministic and factor only inside of model(({ ... }) => ...), and not after an await or in a callback that runs later',
  })
}

/** Throws CHORALE_MODEL_DUPLICATE_SITE when the name is taken, and CHORALE_MODEL_PARAMETER when it cannot be one. */
export function requireNewName(trace: Trace, name: string): void {
  if (typeof name !== 'string' || name === '') {
    throw new ChoraleError('CHORALE_MODEL_SITE_NAME', `The name of a site is a text, and ${JSON.stringify(name)} is none`, {
      fix: "sample('mu', normal(0, 1))",
    })
  }
  if (!trace.sites.some(site => site.name === name)) return
  throw new ChoraleError('CHORALE_MODEL_DUPLICATE_SITE', `The model has two sites with the name "${name}"`, {
    available: trace.sites.map(site => site.name),
    fix: 'give each site a name of its own; for many alike use a plate or { shape: [n] }',
  })
}

/** The active plates, outermost axis first. */
export const activePlates = (trace: Trace): readonly Plate[] => [...trace.active].sort((a, b) => a.order - b.order)

/** Where element `flat` of an array is, for messages: its row, its place in other plates, its place in the event. */
export function placeOf(trace: Trace, shape: Shape, flat: number): string {
  if (sizeOf(shape) === 1) return ''
  const places: string[] = []
  let rest = flat
  for (const n of [...shape.event].reverse()) {
    places.unshift(String(rest % n))
    rest = Math.floor(rest / n)
  }
  const parts = places.length === 0 ? [] : [`element [${places.join(', ')}] (counted from 0)`]
  for (const plate of [...shape.plates].reverse()) {
    const at = rest % plate.size
    parts.unshift(plate === trace.plates.rows ? rowName(trace.source.firstRow + at) : `element ${at} of the plate ${plate.name}`)
    rest = Math.floor(rest / plate.size)
  }
  return ` in ${parts.join(', ')}`
}
