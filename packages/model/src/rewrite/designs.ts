import type { Node } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'
import { productEngine, type ProductEngine } from '../wasm/choice.js'

/** A constant design matrix over the rows that is multiplied by a parameter vector. */
export interface Design {
  readonly columns: number
  readonly engine: ProductEngine
}

/** The design matrices in the graph under `root`, in the order of their first use. */
export function designs(root: Node, rows: Plate): readonly Design[] {
  const seen = new Set<Node>([root])
  const found: Design[] = []
  for (const node of seen) {
    node.inputs.forEach(input => seen.add(input))
    const columns =
      node.op === 'kernel' && node.kernel.name === 'dot' && isDesign(node.inputs[0], rows) ? node.inputs[0].shape.event[0] : undefined
    if (columns !== undefined) found.push({ columns, engine: productEngine('linear-predictor', rows.size, columns) })
  }
  return found
}

const isDesign = (node: Node, rows: Plate): boolean =>
  node.op === 'constant' && node.shape.plates.includes(rows) && node.shape.event.length === 1
