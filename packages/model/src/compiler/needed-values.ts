/** Which values a partial derivative needs. */
import type { Operator } from '../graph/operator.js'

/** Names that stand for the arguments and the value of an operator in the source of its partial derivatives. */
export const argumentMark = (k: number): string => `§${k}§`
export const valueMark = '§o§'

const marks = /§(\w)§/g

/** Source of the partial derivatives with marks for names. */
export function markedPartials(operator: Operator): readonly (string | null)[] {
  const known = partials.get(operator)
  if (known !== undefined) return known
  const found = operator.partials(
    Array.from({ length: operator.arity }, (_, k) => argumentMark(k)),
    valueMark,
  )
  partials.set(operator, found)
  return found
}

const partials = new WeakMap<Operator, readonly (string | null)[]>()

/** The marks in a source: argument numbers, or 'o' for the value. */
export const marksIn = (source: string): readonly string[] => [...source.matchAll(marks)].map(match => match[1])

/** The source with names instead of marks. */
export const withNames = (source: string, name: (mark: string) => string): string => source.replace(marks, (_, mark: string) => name(mark))
