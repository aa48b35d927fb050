import { ChoraleError } from '@chorale/core/contracts'

import { atLeast, atMost, maximum, minimum, mul, select } from '../expression/elementary.js'
import { value, type Value } from '../expression/value.js'
import { literalOf } from '../graph/build.js'
import { describeSupport, type Support } from '../supports/support.js'
import { real } from '../supports/supports.js'
import { endsOf } from './bounds.js'
import type { Distribution } from './distribution.js'

/**
 * What the supports of a mixture's components have together: from the lowest to the highest bound. Throws CHORALE_MODEL_MIXTURE for supports that
 * cannot be mixed: reals with whole numbers, or vectors under different constraints.
 */
export function commonSupport(components: readonly Distribution[]): Support {
  const supports = components.map(component => component.support)
  const kinds = new Set(
    supports.map(support => (support.kind === 'vector' ? support.constraint : support.kind === 'integers' ? 'integers' : 'reals')),
  )
  if (kinds.size > 1) {
    const found = components.map(({ name, support }) => `${name} (${describeSupport(support)})`).join(', ')
    throw new ChoraleError('CHORALE_MODEL_MIXTURE', `mixture(...): the components have supports of different kinds: ${found}`, {
      fix: 'mix distributions of reals, of whole numbers, or of vectors under one constraint',
    })
  }
  const [first] = supports
  if (first.kind === 'vector') return first
  const ends = supports.map(endsOf)
  const lower = outermost(
    ends.map(end => end.lower),
    minimum,
  )
  const upper = outermost(
    ends.map(end => end.upper),
    maximum,
  )
  if (first.kind !== 'integers' && lower === undefined && upper === undefined) return real
  return { kind: first.kind === 'integers' ? 'integers' : 'interval', lower, upper }
}

function outermost(bounds: readonly (Value | undefined)[], combine: (a: Value, b: Value) => Value): Value | undefined {
  return bounds.reduce((a, b) => (a === undefined || b === undefined ? undefined : same(a, b) ? a : combine(a, b)))
}

const same = (a: Value, b: Value): boolean =>
  a.node === b.node || (literalOf(a.node) !== undefined && literalOf(a.node) === literalOf(b.node))

/**
 * A component's log density on the support of the mixture: -Infinity where x is outside of the component's own. There its formula is given a point inside,
 * so that no infinite derivative meets a zero.
 */
export function restrictedDensity(component: Distribution, mixed: Support, x: Value): Value {
  const own = endsOf(component.support)
  const outer = endsOf(mixed)
  const narrower = (a: Value | undefined, b: Value | undefined): boolean => a !== undefined && (b === undefined || !same(a, b))
  const conditions = [
    ...(narrower(own.lower, outer.lower) ? [atLeast(x, own.lower!)] : []),
    ...(narrower(own.upper, outer.upper) ? [atMost(x, own.upper!)] : []),
  ]
  if (conditions.length === 0) return component.logDensity(x)
  const inside = conditions.reduce((a, b) => mul(a, b))
  return select(inside, component.logDensity(select(inside, x, pointInside(component.support))), -Infinity)
}

function pointInside(support: Support): Value {
  const { lower, upper } = endsOf(support)
  if (support.kind === 'integers') return (lower ?? upper)!
  if (lower !== undefined && upper !== undefined) return lower.add(upper).mul(0.5)
  return lower === undefined ? value(upper!).sub(1) : lower.add(1)
}
