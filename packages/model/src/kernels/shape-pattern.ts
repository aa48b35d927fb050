import { ChoraleError } from '@chorale/core/contracts'

/** A letter stands for one size, the same wherever it is repeated; a number for itself; `..` (only in front) for any leading axes. */
type ShapePattern = readonly (string | number)[]

/** One pattern for each input. */
type Signature = readonly ShapePattern[]

const shapeText = (shape: ShapePattern): string => `[${shape.join(', ')}]`
const listText = (shapes: readonly ShapePattern[]): string => shapes.map(shapeText).join(' and ')

/** CHORALE_MODEL_SHAPE: what the operation takes, and what it was given. */
export const shapeError = (name: string, shapes: readonly (readonly number[])[], takes: string): ChoraleError =>
  new ChoraleError('CHORALE_MODEL_SHAPE', `"${name}" takes ${takes}, but was given ${shapes.length === 0 ? 'nothing' : listText(shapes)}`)

const matchOne = (sizes: Map<string, number>, shape: readonly number[], pattern: ShapePattern): boolean => {
  const leading = pattern[0] === '..'
  const trailing = leading ? pattern.slice(1) : pattern
  const skipped = shape.length - trailing.length
  if (leading ? skipped < 0 : skipped !== 0) return false
  if (leading) {
    let count = 1
    for (let k = 0; k < skipped; k++) count *= shape[k]
    sizes.set('..', count)
  }
  return trailing.every((expected, k) => {
    const size = shape[skipped + k]
    if (typeof expected === 'number') return size === expected
    const known = sizes.get(expected)
    sizes.set(expected, size)
    return known === undefined || known === size
  })
}

/**
 * The sizes that the letters of the first fitting signature stand for; `..` is the product of the leading sizes. Throws CHORALE_MODEL_SHAPE, naming
 * all signatures, when none fits.
 */
export const matchShapes = (
  name: string,
  shapes: readonly (readonly number[])[],
  signatures: readonly Signature[],
): Readonly<Record<string, number>> => {
  for (const signature of signatures) {
    const sizes = new Map<string, number>()
    if (signature.length === shapes.length && signature.every((pattern, k) => matchOne(sizes, shapes[k], pattern)))
      return Object.fromEntries(sizes)
  }
  throw shapeError(name, shapes, signatures.map(listText).join(', or '))
}
