/** Nodes whose adjoint is 0 when a branch is not taken. */
import type { Node } from '../graph/node.js'
import { markedPartials } from './needed-values.js'
import type { Schedule } from './schedule.js'

/** What depends on its consumers being chosen: inputs of select, min and max, and all that these are made of. */
export function guardedNodes({ order, active, consumers }: Pick<Schedule, 'order' | 'active' | 'consumers'>): ReadonlySet<Node> {
  const guarded = new Set<Node>()
  for (const node of [...order].reverse()) {
    if (active.has(node) && consumers(node).some(consumer => active.has(consumer) && (guarded.has(consumer) || chooses(consumer, node))))
      guarded.add(node)
  }
  return guarded
}

const chooses = (consumer: Node, input: Node): boolean =>
  consumer.op === 'elementwise' &&
  consumer.inputs.some((candidate, k) => candidate === input && / \? (1 : 0|0 : 1)\)$/.test(markedPartials(consumer.operator)[k] ?? ''))
