import { concatenate } from '../expression/arrays.js'
import { Value } from '../expression/value.js'
import { columnsOf as columnsOfDesign, vectorColumn, type ColumnView, type DesignMatrix } from '../wasm/design-matrix.js'
import { columnsOf } from './column-matrix.js'
import { columnCount, timesFactor, widthOf, type LinearForm, type LinearPart, type RowFactor } from './linear-form.js'

/** The design of a linear form as one matrix, rows x columns, each row times its factor. Columns that no factor changes are not copied. */
export function denseDesign(form: LinearForm, rows: number, factor: RowFactor = 1): DesignMatrix {
  const columns = columnCount(form)
  const [only] = form.parts
  if (form.parts.length === 1 && only.design !== undefined && only.factor === 1 && factor === 1 && columnsOf(only.design) === undefined) {
    return { layout: 'row-major', rows, columns, values: only.design.values }
  }
  return { layout: 'views', rows, columns: form.parts.flatMap(part => columnsOfPart(part, rows, productOf(part.factor, factor))) }
}

function columnsOfPart({ design, ...part }: LinearPart, rows: number, factor: RowFactor): readonly ColumnView[] {
  if (design === undefined) return [typeof factor === 'number' ? constantColumn(factor) : vectorColumn(factor)]
  const columns = columnsOf(design)
  const views =
    columns?.map(vectorColumn) ??
    columnsOfDesign({ layout: 'row-major', rows, columns: widthOf({ design, ...part }), values: design.values })
  return factor === 1 ? views : views.map(view => scaledColumn(view, rows, factor))
}

/** The same number in each row. */
const constantColumn = (number: number): ColumnView => ({ values: Float64Array.of(number), start: 0, step: 0 })

function scaledColumn({ values, start, step }: ColumnView, rows: number, factor: RowFactor): ColumnView {
  const column = new Float64Array(rows)
  for (let i = 0, at = start; i < rows; i++, at += step) column[i] = (typeof factor === 'number' ? factor : factor[i]) * values[at]
  return vectorColumn(column)
}

const productOf = (a: RowFactor, b: RowFactor): RowFactor =>
  typeof a !== 'number' ? timesFactor(b, a) : typeof b === 'number' ? a * b : timesFactor(a, b)

/** What the design is multiplied by: the parameters of all parts, one after another. */
export function coefficients({ parts }: LinearForm): Value {
  const parameters = parts.map(part => new Value(part.parameter))
  const [only] = parameters
  return parameters.length === 1 && only.event.length === 1 ? only : concatenate(...parameters)
}

/** `response` without the form's offset, each row times its factor. */
export function responseOf({ offset }: LinearForm, response: Float64Array, factor: RowFactor = 1): Float64Array {
  if (offset === undefined) return timesFactor(factor, response)
  const difference = new Float64Array(response.length)
  for (let i = 0; i < difference.length; i++) difference[i] = response[i] - offset[i]
  return timesFactor(factor, difference)
}
