import type { ConstantNode } from '../graph/node.js'
import type { Shape } from '../graph/shape.js'

const columnsOfConstant = new WeakMap<ConstantNode, readonly Float64Array[]>()

/**
 * A constant vector [columns] for each row, made of one array a column. The rows are put together when something reads them: kernels are packed from the
 * columns, and then nothing does.
 */
export function columnMatrix(columns: readonly Float64Array[], shape: Shape, label: string): ConstantNode {
  let values: Float64Array | undefined
  const node: ConstantNode = {
    op: 'constant',
    get values() {
      return (values ??= rowByRow(columns))
    },
    shape,
    inputs: [],
    label,
  }
  columnsOfConstant.set(node, columns)
  return node
}

/** The columns that a constant was made of; undefined for others. */
export const columnsOf = (node: ConstantNode): readonly Float64Array[] | undefined => columnsOfConstant.get(node)

function rowByRow(columns: readonly Float64Array[]): Float64Array {
  const width = columns.length
  const rows = columns[0].length
  const values = new Float64Array(rows * width)
  for (let j = 0; j < width; j++) {
    const column = columns[j]
    for (let i = 0, at = j; i < rows; i++, at += width) values[at] = column[i]
  }
  return values
}
