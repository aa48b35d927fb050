import { elementwise, scalar } from '../graph/build.js'
import type { ConstantNode, Node } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'

/**
 * A value of each row that is linear in parameters with constant coefficients: `offset + sum over parts of factor * (design . parameter)`.
 *
 * Random effects (`alpha.at(group)`) are linear too, but their design is sparse: they are not taken. Nothing is copied before `denseDesign`.
 */
export interface LinearForm {
  /** One number a row; undefined: zero. */
  readonly offset: Float64Array | undefined
  readonly parts: readonly LinearPart[]
}

export interface LinearPart {
  /** Coefficients, [columns] for each row; undefined: one column of ones. */
  readonly design: ConstantNode | undefined
  readonly factor: RowFactor
  /** A scalar, or a vector [columns], without plates. */
  readonly parameter: Node
}

/** A factor of each row, or the same for all. */
export type RowFactor = number | Float64Array

/** The linear form of a node over the plate of rows, or undefined when it is not one. */
export function linearForm(node: Node, rows: Plate): LinearForm | undefined {
  if (node.shape.event.length > 0 || node.shape.plates.some(plate => plate !== rows)) return undefined
  if (node.op === 'constant') return { offset: offsetOf(factorOf(node), rows), parts: [] }
  if (node.shape.plates.length === 0) return { offset: undefined, parts: [{ design: undefined, factor: 1, parameter: node }] }
  switch (node.op) {
    case 'kernel':
      return node.kernel.name === 'dot' ? ofProduct(node.inputs, rows) : undefined
    case 'sum':
      return ofSum(node.inputs[0], rows)
    case 'elementwise':
      return ofArithmetic(node, rows)
    default:
      return undefined
  }
}

/** Number of columns of the design. */
export const columnCount = (form: LinearForm): number => form.parts.reduce((count, part) => count + widthOf(part), 0)

export const widthOf = ({ design }: LinearPart): number => design?.shape.event[0] ?? 1

/** In words, what keeps a node from being a linear form. */
export function obstacle(node: Node): string {
  const pending = [node]
  const seen = new Set(pending)
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.op === 'gather') return 'it has effects of groups, whose design is sparse'
    for (const input of next.inputs) {
      if (!seen.has(input)) pending.push(input)
      seen.add(input)
    }
  }
  return 'it is not linear in parameters with constant coefficients'
}

/** Row i of the product is row i of `values` (1 or more numbers) times the factor. */
export function timesFactor(factor: RowFactor, values: Float64Array): Float64Array {
  if (factor === 1) return values
  const product = new Float64Array(values.length)
  if (typeof factor === 'number') for (let i = 0; i < product.length; i++) product[i] = values[i] * factor
  else for (let i = 0; i < product.length; i++) product[i] = values[i] * factor[i]
  return product
}

function ofArithmetic({ operator, inputs }: Extract<Node, { op: 'elementwise' }>, rows: Plate): LinearForm | undefined {
  const [a, b] = inputs
  switch (operator.name) {
    case 'neg':
      return scaled(linearForm(a, rows), -1)
    case 'add':
      return sumOf(linearForm(a, rows), linearForm(b, rows))
    case 'sub':
      return sumOf(linearForm(a, rows), scaled(linearForm(b, rows), -1))
    case 'mul': {
      const [factor, rest] = a.op === 'constant' || (a.shape.plates.length === 0 && b.op !== 'constant') ? [a, b] : [b, a]
      if (factor.op === 'constant') return scaled(linearForm(rest, rows), factorOf(factor))
      return factor.shape.plates.length === 0
        ? throughParameters(linearForm(rest, rows), node => elementwise('mul', [node, factor]))
        : undefined
    }
    case 'div':
      return b.shape.plates.length === 0 ? throughParameters(linearForm(a, rows), node => elementwise('div', [node, b])) : undefined
    default:
      return undefined
  }
}

/** Inner products of a constant design with a parameter, either way round. */
function ofProduct([a, b]: readonly Node[], rows: Plate): LinearForm | undefined {
  const [design, parameter] = a.op === 'constant' ? [a, b] : [b, a]
  if (design.op !== 'constant' || design.shape.event.length !== 1 || !design.shape.plates.includes(rows)) return undefined
  if (parameter.shape.plates.length > 0 || parameter.shape.event.length !== 1) return undefined
  return { offset: undefined, parts: [{ design, factor: 1, parameter }] }
}

/** `x.mul(beta).sum()` is an inner product. */
const ofSum = (inner: Node, rows: Plate): LinearForm | undefined =>
  inner.op === 'elementwise' && inner.operator.name === 'mul' && inner.shape.plates.length === 1 ? ofProduct(inner.inputs, rows) : undefined

const offsetOf = (factor: RowFactor, rows: Plate): Float64Array =>
  typeof factor === 'number' ? new Float64Array(rows.size).fill(factor) : factor

/** The numbers of a constant without event axes. */
const factorOf = ({ values, shape }: ConstantNode): RowFactor => (shape.plates.length === 0 ? values[0] : values)

function scaled(form: LinearForm | undefined, factor: RowFactor): LinearForm | undefined {
  if (form === undefined) return undefined
  return {
    offset: form.offset && timesFactor(factor, form.offset),
    parts: form.parts.map(part => ({ ...part, factor: timesRowFactor(part.factor, factor) })),
  }
}

function timesRowFactor(a: RowFactor, b: RowFactor): RowFactor {
  if (typeof a !== 'number') return timesFactor(b, a)
  return typeof b === 'number' ? a * b : timesFactor(a, b)
}

/** The form times or over a parameter, which each part's own parameter takes in. */
function throughParameters(form: LinearForm | undefined, take: (parameter: Node) => Node): LinearForm | undefined {
  if (form === undefined) return undefined
  const { offset } = form
  const ofOffset = offset === undefined ? [] : [{ design: undefined, factor: offset, parameter: take(scalar(1)) }]
  return { offset: undefined, parts: [...ofOffset, ...form.parts.map(part => ({ ...part, parameter: take(part.parameter) }))] }
}

function sumOf(a: LinearForm | undefined, b: LinearForm | undefined): LinearForm | undefined {
  if (a === undefined || b === undefined) return undefined
  const { offset } = b
  return {
    offset: a.offset === undefined ? offset : offset === undefined ? a.offset : a.offset.map((x, i) => x + offset[i]),
    parts: [...a.parts, ...b.parts],
  }
}
