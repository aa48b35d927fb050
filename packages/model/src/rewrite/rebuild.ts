import type { Node } from '../graph/node.js'

/** The graph under `root` with nodes replaced from the leaves up. `replace` sees a node with its new inputs; undefined keeps it. */
export function rebuild(root: Node, replace: (node: Node) => Node | undefined): Node {
  const done = new Map<Node, Node>()
  const pending = [root]
  while (pending.length > 0) {
    const node = pending[pending.length - 1]
    const missing = done.has(node) ? [] : node.inputs.filter(input => !done.has(input))
    pending.push(...missing)
    if (missing.length > 0) continue
    pending.pop()
    if (done.has(node)) continue
    const inputs = node.inputs.map(input => done.get(input)!)
    const current = inputs.every((input, k) => input === node.inputs[k]) ? node : ({ ...node, inputs } as Node)
    done.set(node, replace(current) ?? current)
  }
  return done.get(root)!
}
