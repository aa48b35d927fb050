/** When each node is computed, when its adjoint is complete, and which nodes need storage. */
import type { Node } from '../graph/node.js'
import type { Plate } from '../graph/plate.js'
import type { Shape } from '../graph/shape.js'
import { collect } from '../graph/collect.js'
import { isPointwise, kindOf, type Kind } from './kinds.js'
import { storeExpensive } from './store-expensive.js'

/**
 * Code runs in levels. Forward: at each level scalars, then statements, then loops. Reverse: at each level loops, then statements, then scalars. Nodes over
 * the plate of rows have levels of their own: they run between the forward and the reverse levels of all others.
 *
 * Nodes of one level with equal axes share a loop.
 */
export interface Schedule {
  /** All nodes but constants, inputs before users. */
  readonly order: readonly Node[]
  /** Nodes whose adjoints matter. */
  readonly active: ReadonlySet<Node>
  readonly kind: (node: Node) => Kind
  readonly consumers: (node: Node) => readonly Node[]
  readonly isRow: (node: Node) => boolean
  readonly forward: (node: Node) => number
  readonly reverse: (node: Node) => number
  /** Nodes whose values lie in an array. */
  readonly stored: ReadonlySet<Node>
  /** Nodes whose adjoints are also added to from elsewhere than their own loop, hence lie in an array that starts from zero. */
  readonly shared: ReadonlySet<Node>
  /** Roots with adjoints that are known from the start. */
  readonly roots: ReadonlySet<Node>
}

export interface ScheduleRequest {
  /** Summands of the log density. */
  readonly terms: readonly Node[]
  /** Nodes that are computed and whose adjoints are given at once: the results of a scan's step. */
  readonly results: readonly Node[]
  /** Numbers that multiply the sum of a term: their adjoints are complete only after the term's loop. */
  readonly scales: ReadonlyMap<Node, readonly Node[]>
  readonly isActiveInput: (node: Node) => boolean
  readonly rows: Plate | undefined
}

export function schedule(request: ScheduleRequest): Schedule {
  const order: readonly Node[] = collect([...request.terms, ...request.results], node => [
    ...node.inputs,
    ...(request.scales.get(node) ?? []),
  ]).filter(node => node.op !== 'constant')
  const kinds = new Map(order.map(node => [node, kindOf(node)]))
  const kind = (node: Node): Kind => kinds.get(node)!
  const active = new Set<Node>()
  for (const node of order)
    if (node.op === 'input' ? request.isActiveInput(node) : node.inputs.some(input => active.has(input))) active.add(node)
  const users = new Map<Node, Node[]>(order.map(node => [node, []]))
  for (const node of order) for (const input of new Set(node.inputs)) users.get(input)?.push(node)
  const consumers = (node: Node): readonly Node[] => users.get(node) ?? []
  const isRow = (node: Node): boolean => request.rows !== undefined && node.shape.plates.includes(request.rows)
  const scaled = new Map<Node, Node[]>()
  for (const [term, scales] of request.scales) for (const scale of scales) scaled.set(scale, [...(scaled.get(scale) ?? []), term])
  const rules = { kind, isRow, consumers, active, scales: request.scales, scaled }
  const forward = forwardLevels(order, rules)
  const terms = new Set(request.terms.filter(node => active.has(node)))
  const reverse = reverseLevels(order, rules, terms)
  const roots = new Set([...terms, ...request.results])
  const isLocal = (consumer: Node, input: Node): boolean =>
    consumer.op === 'sum' || (isPointwise(consumer, input) && kind(consumer) === 'loop' && reverse.get(consumer) === reverse.get(input))
  const results = new Set(request.results)
  const stored = new Set<Node>()
  const shared = new Set<Node>()
  for (const node of order) {
    const mine = kind(node)
    const external = consumers(node).filter(consumer => !isLocal(consumer, node))
    if (mine === 'scalar' || (mine === 'sum' && !hasAxes(node.shape))) {
      const whole = consumers(node).filter(consumer => needsArray(consumer, kind(consumer)))
      if (whole.length > 0) stored.add(node)
      if (whole.some(consumer => active.has(consumer))) shared.add(node)
    } else {
      if (mine !== 'loop' || external.length > 0) stored.add(node)
      if (mine !== 'loop' && mine !== 'input' ? true : external.some(consumer => active.has(consumer))) shared.add(node)
    }
    // The results of a step are copied to the carries, and their adjoints come from there.
    if (results.has(node) && hasAxes(node.shape)) stored.add(node)
    if (results.has(node) && hasAxes(node.shape)) shared.add(node)
  }
  const result: Schedule = {
    order,
    active,
    kind,
    consumers,
    isRow,
    forward: node => forward.get(node) ?? 0,
    reverse: node => reverse.get(node) ?? 0,
    stored,
    shared,
    roots,
  }
  storeExpensive(result, stored)
  return result
}

const hasAxes = ({ plates, event }: Shape): boolean => plates.length + event.length > 0

/** Whether a consumer reads a number without axes from memory. */
const needsArray = (consumer: Node, kind: Kind): boolean =>
  consumer.op === 'kernel' || kind === 'alias' || consumer.op === 'gather' || consumer.op === 'pick'

interface Rules extends Pick<Schedule, 'kind' | 'isRow' | 'consumers' | 'active'> {
  readonly scales: ReadonlyMap<Node, readonly Node[]>
  /** For each scale, its terms. */
  readonly scaled: ReadonlyMap<Node, readonly Node[]>
}

const isNumber = (node: Node, kind: Kind): boolean => kind === 'scalar' || (kind === 'sum' && !hasAxes(node.shape))

function forwardLevels(order: readonly Node[], { kind, isRow }: Rules): Map<Node, number> {
  const levels = new Map<Node, number>()
  for (const node of order) {
    let level = 0
    for (const input of node.inputs) {
      if (input.op === 'constant' || input.op === 'input' || isRow(input) !== isRow(node)) continue
      const from = kind(input)
      const near =
        from === 'scalar' ||
        from === 'alias' ||
        (from === 'loop' && (node.op === 'sum' || (kind(node) === 'loop' && isPointwise(node, input))))
      level = Math.max(level, levels.get(input)! + (near ? 0 : 1))
    }
    levels.set(node, level)
  }
  return levels
}

function reverseLevels(order: readonly Node[], rules: Rules, terms: ReadonlySet<Node>): Map<Node, number> {
  const { kind, active } = rules
  const nodes = order.filter(node => active.has(node))
  const earliest = reversePass(nodes, rules, new Map())
  const last = new Map<string, number>()
  const axes = axesNames()
  for (const node of nodes) {
    if (kind(node) !== 'loop' && kind(node) !== 'input') continue
    last.set(axes(node.shape), Math.max(last.get(axes(node.shape)) ?? 0, earliest.get(node)!))
  }
  // As late as what it depends on allows: then a prior shares the loop that finishes its parameter.
  const latest = new Map<Node, number>()
  const starts = new Map<Node, number>()
  for (const node of nodes) {
    let level = node.op === 'input' ? (last.get(axes(node.shape)) ?? Infinity) : Infinity
    for (const input of node.inputs) {
      if (active.has(input) && rules.isRow(input) === rules.isRow(node))
        level = Math.min(level, latest.get(input)! - reverseWeight(node, input, kind))
    }
    for (const scale of rules.scales.get(node) ?? [])
      if (active.has(scale) && !rules.isRow(node)) level = Math.min(level, latest.get(scale)!)
    latest.set(node, level)
    if (terms.has(node)) starts.set(node, Math.max(0, Number.isFinite(level) ? level : (last.get(axes(node.shape)) ?? 0)))
  }
  return reversePass(nodes, rules, starts)
}

function reversePass(
  nodes: readonly Node[],
  { kind, isRow, consumers, active, scaled }: Rules,
  starts: ReadonlyMap<Node, number>,
): Map<Node, number> {
  const levels = new Map<Node, number>()
  for (const node of [...nodes].reverse()) {
    let level = starts.get(node) ?? 0
    for (const consumer of consumers(node)) {
      if (!active.has(consumer) || isRow(consumer) !== isRow(node)) continue
      level = Math.max(level, levels.get(consumer)! + reverseWeight(consumer, node, kind))
    }
    for (const term of scaled.get(node) ?? []) if (!isRow(term)) level = Math.max(level, levels.get(term)!)
    levels.set(node, level)
  }
  return levels
}

function reverseWeight(consumer: Node, input: Node, kind: (node: Node) => Kind): number {
  if (isNumber(input, kind(input))) return 0
  if (kind(consumer) === 'alias') return 0
  return kind(consumer) === 'loop' && isPointwise(consumer, input) && (kind(input) === 'loop' || kind(input) === 'input') ? 0 : 1
}

function axesNames(): (shape: Shape) => string {
  const ids = new Map<Plate, number>()
  return ({ plates, event }) =>
    `${plates.map(plate => ids.get(plate) ?? (ids.set(plate, ids.size), ids.size - 1)).join(' ')}|${event.join(' ')}`
}
