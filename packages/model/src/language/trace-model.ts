import { ChoraleError } from '@chorale/core/contracts'

import { type Operand, Value, value } from '../expression/value.js'
import { constant } from '../graph/build.js'
import { plateSize } from '../graph/shape.js'
import { requireActivePlates } from './check-plates.js'
import type { ColumnSource } from './column-source.js'
import { createData } from './data-scope.js'
import { createPlateFunction } from './plate-call.js'
import { sampleSite } from './sample-site.js'
import type { FactorOptions, ModelScope } from './scope.js'
import { activePlates, createTrace, requireNewName, requireOpen, type Trace } from './trace.js'

/** The function that a user writes. */
export type Define<R> = (scope: ModelScope) => R

/** A trace, and the quantities that the model function returned. */
export interface TracedModel {
  readonly trace: Trace
  readonly returned: Readonly<Record<string, Value>>
}

/** Runs the model function with these data. */
export function traceModel(define: Define<unknown>, source: ColumnSource, renumbered: ReadonlySet<string>): TracedModel {
  const trace = createTrace(source, renumbered)
  const scope: ModelScope = {
    data: createData(trace),
    sample: (name, distribution, options = {}) => sampleSite(trace, name, distribution, options),
    plate: createPlateFunction(trace),
    deterministic: (name, operand) => addDeterministic(trace, name, operand),
    factor: (name, operand, options = {}) => addFactor(trace, name, operand, options),
  }
  try {
    return { trace, returned: checkedReturn(define(scope)) }
  } finally {
    trace.isOver = true
  }
}

function addDeterministic(trace: Trace, name: string, operand: Operand): Value {
  requireOpen(trace, `deterministic('${name}', ...)`)
  requireNewName(trace, name)
  const given = value(operand)
  requireActivePlates(trace, name, 'it', given)
  trace.sites.push({ kind: 'deterministic', name, plates: given.node.shape.plates, event: given.event, value: given })
  return given
}

function addFactor(trace: Trace, name: string, operand: Operand, { part = 'likelihood' }: FactorOptions): void {
  requireOpen(trace, `factor('${name}', ...)`)
  requireNewName(trace, name)
  const given = value(operand)
  requireActivePlates(trace, name, 'it', given)
  const plates = activePlates(trace)
  if (part === 'prior' && plates.some(plate => plate.role !== 'fixed')) {
    throw new ChoraleError(
      'CHORALE_MODEL_PLATE',
      `The factor "${name}" is part of the prior, and inside of a plate of rows or local groups`,
      {
        fix: "move it out of the plate, or leave { part: 'prior' } out",
      },
    )
  }
  // A factor counts once for each element of its plates, whether its value differs between them or not.
  const ones = constant(new Float64Array(plateSize(plates)).fill(1), { plates, event: [] })
  const isFull = given.node.shape.plates.length === plates.length
  trace.sites.push({ kind: 'factor', name, plates, event: given.event, value: isFull ? given : given.mul(new Value(ones)), part })
}

function checkedReturn(returned: unknown): Readonly<Record<string, Value>> {
  if (returned === undefined) return {}
  if (typeof (returned as { then?: unknown } | null)?.then === 'function') {
    throw new ChoraleError('CHORALE_MODEL_OUTSIDE', 'The function of model(...) is async', {
      fix: 'read files before, and write a function without async and await',
    })
  }
  const entries = typeof returned === 'object' && returned !== null && !(returned instanceof Value) ? Object.entries(returned) : undefined
  if (entries?.every(([, entry]) => entry instanceof Value) === true) return Object.fromEntries(entries) as Readonly<Record<string, Value>>
  throw new ChoraleError('CHORALE_MODEL_RETURN', 'The function of model(...) must return nothing, or an object of values', {
    fix: 'return { alpha, beta }',
  })
}
