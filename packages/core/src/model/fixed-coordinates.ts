import { ChoraleError, type ErrorDetails } from '../contracts/error.js'
import type { BoundModel, ParameterInfo } from '../contracts/model.js'
import type { FixedParameters } from '../contracts/task.js'
import { valueCount } from './parameter-names.js'
import { nearest } from '../settings/nearest.js'

/** Where fixed and free parameters lie among all of a model's coordinates and constrained values. */
export interface FixedCoordinates {
  /** All coordinates: the fixed ones at their values, the others 0. */
  readonly position: Float64Array
  /** All constrained values at `position`, the fixed ones exactly as given. */
  readonly values: Float64Array
  /** Indices of the free ones among the coordinates, and among the values. */
  readonly free: Uint32Array
  readonly freeValues: Uint32Array
}

/** Agreement of a value with what the transforms make of it, relative to its size. */
const TOLERANCE = 1e-8

/** Errors: see `fixParameters`. */
export function fixedCoordinates(inner: BoundModel, fixed: FixedParameters): FixedCoordinates {
  const { parameters } = inner
  checkNames(inner, fixed)
  const spans = valueSpans(parameters)
  const free: number[] = []
  const freeValues: number[] = []
  for (const { name, offset, size, from, count } of spans) {
    if (Object.hasOwn(fixed, name)) continue
    for (let i = 0; i < size; i++) free.push(offset + i)
    for (let i = 0; i < count; i++) freeValues.push(from + i)
  }
  if (free.length === 0)
    throw fixedError('Every parameter of the model is fixed: nothing is left to sample', undefined, {
      fix: 'leave one out of sampling.fixed',
    })
  const held = spans
    .filter(({ name }) => Object.hasOwn(fixed, name))
    .map(span => ({ ...span, given: givenValues(span, fixed[span.name]!) }))
  return { ...heldAt(inner, held, spans), free: Uint32Array.from(free), freeValues: Uint32Array.from(freeValues) }
}

interface Span extends ParameterInfo {
  /** First of its `count` constrained values. */
  readonly from: number
  readonly count: number
}

function valueSpans(parameters: readonly ParameterInfo[]): readonly Span[] {
  let from = 0
  return parameters.map(parameter => {
    const count = valueCount(parameter)
    const span = { ...parameter, from, count }
    from += count
    return span
  })
}

function checkNames({ parameters, deterministics = [] }: BoundModel, fixed: FixedParameters): void {
  const names = parameters.map(({ name }) => name)
  const unknown = Object.keys(fixed).find(name => !names.includes(name))
  if (unknown === undefined) return
  const [near] = nearest(unknown, names)
  const element = names.find(name => unknown.startsWith(`${name}[`))
  const what = deterministics.some(({ name }) => name === unknown)
    ? `"${unknown}" is computed from the parameters of the model, so it cannot be fixed`
    : element === undefined
      ? `The model has no parameter "${unknown}" to be fixed`
      : `"${unknown}" is a part of the parameter "${element}": only whole parameters can be fixed`
  const fix = near === undefined ? `remove sampling.fixed.${unknown}` : `write "${near}" instead of "${unknown}"`
  throw fixedError(what, unknown, { available: names, fix: element === undefined ? fix : `give all values of "${element}", or fix none` })
}

function givenValues({ name, shape, count }: Span, value: number | readonly number[]): readonly number[] {
  const given = typeof value === 'number' ? [value] : value
  if (given.length === count) return given
  const wanted = shape.length === 0 ? 'one number' : `${count} numbers (shape ${shape.join(' x ')}, flat and row-major)`
  throw fixedError(
    `"${name}" was to be fixed at ${given.length} ${given.length === 1 ? 'number' : 'numbers'}, but it has ${wanted}`,
    name,
    { fix: `give ${wanted}` },
  )
}

interface Held extends Span {
  readonly given: readonly number[]
}

/** The coordinates that the values belong to. They must come back from them, whatever the free coordinates are. */
function heldAt(inner: BoundModel, held: readonly Held[], spans: readonly Span[]) {
  const allocate = (length: number): Float64Array => inner.allocate?.(length) ?? new Float64Array(length)
  const position = allocate(inner.dimension)
  const values = allocate(spans.reduce((total, { count }) => total + count, 0))
  inner.constrainInto(values, position)
  for (const { from, given } of held) values.set(given, from)
  const wanted = values.slice()
  const found = allocate(inner.dimension)
  try {
    inner.unconstrainInto(found, values)
  } catch (error) {
    throw outside(held[0]!, held, error)
  }
  for (const span of held) {
    position.set(found.subarray(span.offset, span.offset + span.size), span.offset)
    if (!position.subarray(span.offset, span.offset + span.size).every(Number.isFinite)) throw outside(span, held)
  }
  inner.constrainInto(values, position)
  for (const span of held) {
    const isKept = span.given.every((value, i) => Math.abs(values[span.from + i]! - value) <= TOLERANCE * Math.max(1, Math.abs(value)))
    if (!isKept) throw outside(span, held)
  }
  return { position: position.slice(), values: wanted }
}

function outside({ name, support, given }: Held, held: readonly Held[], cause?: unknown): ChoraleError {
  const who = cause === undefined || held.length === 1 ? `"${name}"` : held.map(span => `"${span.name}"`).join(' or ')
  return fixedError(
    `${who} cannot be fixed at ${shown(given)}: the value lies outside of its support (${support}), or on its boundary`,
    name,
    { fix: 'give a value inside of the support, on the constrained scale', cause },
  )
}

const shown = (values: readonly number[]): string =>
  values.length === 1 ? String(values[0]) : `[${values.slice(0, 4).join(', ')}${values.length > 4 ? ', ...' : ''}]`

const fixedError = (what: string, name: string | undefined, details: ErrorDetails): ChoraleError =>
  new ChoraleError('CHORALE_FIXED_PARAMETER', what, {
    askedBy: name === undefined ? 'sampling.fixed' : `sampling.fixed.${name}`,
    ...details,
  })
