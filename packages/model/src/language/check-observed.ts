import { ChoraleError } from '@chorale/core/contracts'

import type { Value } from '../expression/value.js'
import { expand } from '../graph/evaluate.js'
import type { ConstantNode } from '../graph/node.js'
import { eventSize } from '../graph/shape.js'
import { describeSupport, type Support, type VectorConstraint } from '../supports/support.js'
import { placeOf, type Trace } from './trace.js'

/** Rounding of numbers that hang together: a simplex that was written to a file with eight digits still is one. */
const TOLERANCE = 1e-6

/** Refuses data that the distribution cannot give. Throws CHORALE_MODEL_OBSERVED_SUPPORT with site and row. */
export function checkObserved(trace: Trace, site: string, support: Support, data: ConstantNode): void {
  const bad = support.kind === 'vector' ? firstBadElement(data, support.constraint) : firstBadNumber(data, support)
  if (bad === undefined) return
  const column = data.label === undefined ? '' : ` (column "${data.label}")`
  const width = support.kind === 'vector' ? eventSize(data.shape.event) : 1
  const found =
    support.kind === 'vector'
      ? `[${data.values.subarray(bad, bad + Math.min(width, 8)).join(', ')}${width > 8 ? ', ...' : ''}]`
      : data.values[bad]
  const shape = support.kind === 'vector' ? { plates: data.shape.plates, event: [] } : data.shape
  throw new ChoraleError(
    'CHORALE_MODEL_OBSERVED_SUPPORT',
    `Site "${site}"${column}: the observed value ${found}${placeOf(trace, shape, bad / width)} is outside of the support: ${describeSupport(support)}`,
    { fix: 'correct the row, or choose a distribution that can give it' },
  )
}

function firstBadNumber(data: ConstantNode, support: Exclude<Support, { kind: 'vector' }>): number | undefined {
  const lower = support.kind === 'real' ? undefined : knownBound(data, support.lower)
  const upper = support.kind === 'real' ? undefined : knownBound(data, support.upper)
  const isWhole = support.kind === 'integers'
  const { values } = data
  for (let k = 0; k < values.length; k++) {
    const x = values[k]
    if (
      !Number.isFinite(x) ||
      (isWhole && Math.floor(x) !== x) ||
      (lower !== undefined && !(x >= lower.values[k * lower.step])) ||
      (upper !== undefined && !(x <= upper.values[k * upper.step]))
    )
      return k
  }
  return undefined
}

/** A bound for each number; undefined if it depends on parameters, so that only the sampler can see what lies outside. */
function knownBound(data: ConstantNode, bound: Value | undefined): { readonly values: Float64Array; readonly step: 0 | 1 } | undefined {
  if (bound?.node.op !== 'constant') return undefined
  const { values, shape } = bound.node
  return values.length === 1 ? { values, step: 0 } : { values: expand(values, shape, data.shape), step: 1 }
}

function firstBadElement(data: ConstantNode, constraint: VectorConstraint): number | undefined {
  const width = eventSize(data.shape.event)
  for (let at = 0; at < data.values.length; at += width) {
    const element = data.values.subarray(at, at + width)
    if (!element.every(Number.isFinite) || !fulfils(element, data.shape.event, constraint)) return at
  }
  return undefined
}

function fulfils(x: Float64Array, event: readonly number[], constraint: VectorConstraint): boolean {
  const sum = (): number => x.reduce((total, value) => total + value, 0)
  const isAscending = (): boolean => x.every((value, k) => k === 0 || value > x[k - 1])
  const columns = event.at(-1) ?? 1
  const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b))
  const entries = (holds: (value: number, row: number, column: number) => boolean): boolean =>
    x.every((value, k) => holds(value, Math.floor(k / columns), k % columns))
  const isLower = (): boolean => entries((value, row, column) => (column > row ? value === 0 : row !== column || value > 0))
  const isSymmetric = (): boolean =>
    entries((value, row, column) => isNear(value, x[column * columns + row]) && (row !== column || value > 0))
  switch (constraint) {
    case 'real':
      return true
    case 'ordered':
      return isAscending()
    case 'positive ordered':
      return isAscending() && x[0] > 0
    case 'simplex':
      return x.every(value => value >= 0) && isNear(sum(), 1)
    case 'sum to zero':
      return Math.abs(sum()) <= TOLERANCE * Math.max(1, ...x.map(Math.abs))
    case 'unit vector':
      return isNear(
        x.reduce((total, value) => total + value * value, 0),
        1,
      )
    case 'counts':
      return x.every(value => Number.isInteger(value) && value >= 0)
    case 'covariance cholesky':
      return isLower()
    case 'correlation cholesky':
      return isLower() && rowsHaveLengthOne(x, columns)
    case 'covariance':
      return isSymmetric()
    case 'correlation':
      return isSymmetric() && entries((value, row, column) => row !== column || isNear(value, 1))
  }
}

function rowsHaveLengthOne(x: Float64Array, columns: number): boolean {
  for (let row = 0; row < x.length; row += columns) {
    const square = x.subarray(row, row + columns).reduce((total, value) => total + value * value, 0)
    if (Math.abs(square - 1) > TOLERANCE) return false
  }
  return true
}
