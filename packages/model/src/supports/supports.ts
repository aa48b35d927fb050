import { value, type Operand } from '../expression/value.js'
import type { Support, VectorConstraint } from './support.js'

export const real: Support = { kind: 'real' }

/** Reals from `lower` on. */
export const above = (lower: Operand): Support => ({ kind: 'interval', lower: value(lower), upper: undefined })

export const positive: Support = above(0)

/** Reals up to `upper`. */
export const below = (upper: Operand): Support => ({ kind: 'interval', lower: undefined, upper: value(upper) })

export const interval = (lower: Operand, upper: Operand): Support => ({ kind: 'interval', lower: value(lower), upper: value(upper) })

export const unitInterval: Support = interval(0, 1)

/** Whole numbers from `lower` to `upper`, both included. */
export const integers = (lower: Operand | undefined, upper?: Operand): Support => ({
  kind: 'integers',
  lower: lower === undefined ? undefined : value(lower),
  upper: upper === undefined ? undefined : value(upper),
})

export const vector = (constraint: VectorConstraint): Support => ({ kind: 'vector', constraint })
