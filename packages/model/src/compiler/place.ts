/** Where the current element of a loop lies in an array: source of an index, made of the counters i0, i1, ... of the loop's axes. */
import type { Node } from '../graph/node.js'
import { pickAccess, pickBase, pickEvent, rowMajor, scanAccess, type Axis } from './axes.js'

export interface Place {
  readonly address: string
  /** Number of loops that the address depends on. */
  readonly depth: number
}

/** Where element (i0, i1, ...) of the axes lies in an array with these strides, which starts at `offset`. */
export function placeOf(axes: readonly Axis[], offset: string, strides: readonly number[]): Place {
  let address = offset === '0' ? '' : offset
  let depth = 0
  axes.forEach((axis, k) => {
    const stride = strides[axis.last]
    if (stride === 0) return
    address += `${address === '' ? '' : ' + '}i${k}${stride === 1 ? '' : ` * ${stride}`}`
    depth = k + 1
  })
  return { address: address === '' ? '0' : address, depth }
}

/** Where a gather, a pick or a scan's result finds its current element, in an array that starts at `offset`. `bind` names the array of an index. */
export function indexedPlace(node: Node, offset: string, axes: readonly Axis[], bind: (index: Int32Array) => string): Place {
  const plus = (at: string | number): string => (offset === '0' ? `${at}` : at === 0 || at === '0' ? offset : `${offset} + ${at}`)
  if (node.op === 'scan-result') {
    const { strides, start } = scanAccess(node)
    return placeOf(axes, plus(start), strides)
  }
  if (node.op === 'gather') {
    if (axes.length === 0) return { address: plus(node.index[0]), depth: 0 }
    const { address } = placeOf(axes, '0', rowMajor(node.shape))
    return { address: plus(`${bind(node.index)}[${address}]`), depth: axes.length }
  }
  if (node.op !== 'pick') throw new Error(`a ${node.op} has no index`)
  const adjacent = pickAccess(node)
  if (adjacent !== undefined) return placeOf(axes, plus(adjacent.start), adjacent.strides)
  const entry = placeOf(axes, '0', pickEvent(node))
  return { address: placeOf(axes, plus(`${bind(node.index)}[${entry.address}]`), pickBase(node)).address, depth: axes.length }
}
