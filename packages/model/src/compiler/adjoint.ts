/** Adjoints as source: what does not change in a loop is kept apart, so that it is multiplied in once, after the loop. */

/** factor * expression, negated if `negative`; empty strings stand for 1. The factor belongs to the function, the expression is the name of a variable. */
export interface Adjoint {
  readonly factor: string
  readonly negative: boolean
  readonly expression: string
}

export const negated = (adjoint: Adjoint): Adjoint => ({ ...adjoint, negative: !adjoint.negative })

/** A product of two sources, either of which may be empty. */
export const productOf = (a: string, b: string): string => (a === '' ? b : b === '' ? a : `${a} * ${b}`)

/** Source of the size of an adjoint, without its sign. */
export const sizeOfAdjoint = ({ factor, expression }: Adjoint): string => productOf(factor, expression) || '1'

/** Source of the sum of adjoints. */
export function sumOf(adjoints: readonly Adjoint[], source: (adjoint: Adjoint) => string): string {
  const positiveFirst = [...adjoints.filter(a => !a.negative), ...adjoints.filter(a => a.negative)]
  return positiveFirst.map((a, k) => `${a.negative ? (k === 0 ? '-' : ' - ') : k === 0 ? '' : ' + '}${source(a)}`).join('')
}
