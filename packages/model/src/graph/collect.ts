import type { Node } from './node.js'

/** All nodes reachable from `roots`, inputs before the nodes that use them. Iterative, so that long chains do not exhaust the stack. */
export function collect(roots: readonly Node[], inputsOf: (node: Node) => readonly Node[] = node => node.inputs): readonly Node[] {
  const order: Node[] = []
  const done = new Set<Node>()
  const pending: Node[] = []
  for (const root of roots) {
    pending.push(root)
    while (pending.length > 0) {
      const node = pending[pending.length - 1]
      if (done.has(node)) {
        pending.pop()
        continue
      }
      const before = pending.length
      for (const input of inputsOf(node)) if (!done.has(input)) pending.push(input)
      if (pending.length > before) continue
      pending.pop()
      done.add(node)
      order.push(node)
    }
  }
  return order
}
