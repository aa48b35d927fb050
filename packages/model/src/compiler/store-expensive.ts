/** Values that several loops need: cheap ones are computed again, the others stored. */
import type { Node } from '../graph/node.js'
import { isExpensive, isPointwise } from './kinds.js'
import { marksIn, markedPartials } from './needed-values.js'
import type { Schedule } from './schedule.js'

/** Adds to `stored` the expensive nodes that more than one loop would compute. */
export function storeExpensive(plan: Schedule, stored: Set<Node>): void {
  const candidates = plan.order.filter(node => plan.kind(node) === 'loop' && isExpensive(node))
  for (let found = true; found && candidates.length > 0;) {
    found = false
    const loops = loopsOf(plan, stored)
    for (const node of candidates) {
      if (stored.has(node) || (loops.get(node)?.size ?? 0) < 2) continue
      stored.add(node)
      found = true
    }
  }
}

/** For each node of loops, the loops in which it is computed. */
function loopsOf(plan: Schedule, stored: ReadonlySet<Node>): Map<Node, Set<string>> {
  const loops = new Map<Node, Set<string>>()
  const visit = (node: Node, loop: string, isStore: boolean): void => {
    if (node.op === 'constant' || plan.kind(node) !== 'loop' || (stored.has(node) && !isStore)) return
    const known = loops.get(node) ?? new Set()
    if (known.has(loop)) return
    loops.set(node, known.add(loop))
    for (const input of node.inputs) if (isPointwise(node, input)) visit(input, loop, false)
  }
  for (const node of plan.order) {
    const forward = `f${plan.forward(node)}`
    if (plan.kind(node) === 'loop' && stored.has(node)) visit(node, forward, true)
    if (node.op === 'sum') visit(node.inputs[0], forward, false)
    if (plan.kind(node) !== 'loop' || !plan.active.has(node)) continue
    const reverse = `r${plan.reverse(node)}`
    if (plan.roots.has(node)) visit(node, reverse, false)
    if (node.op !== 'elementwise') continue
    const partials = markedPartials(node.operator)
    node.inputs.forEach((input, k) => {
      const partial = partials[k]
      if (partial === null || !plan.active.has(input)) return
      for (const mark of marksIn(partial)) visit(mark === 'o' ? node : node.inputs[Number(mark)], reverse, false)
    })
  }
  return loops
}
