import { collect } from '../graph/collect.js'
import type { Node } from '../graph/node.js'

/** The graph under `root` with nodes replaced from the leaves up. `replace` sees a node with its new inputs; undefined keeps it. */
export function rebuild(root: Node, replace: (node: Node) => Node | undefined): Node {
  const done = new Map<Node, Node>()
  for (const node of collect([root])) {
    const inputs = node.inputs.map(input => done.get(input)!)
    const current = inputs.every((input, k) => input === node.inputs[k]) ? node : ({ ...node, inputs } as Node)
    done.set(node, replace(current) ?? current)
  }
  return done.get(root)!
}
