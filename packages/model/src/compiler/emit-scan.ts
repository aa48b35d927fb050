/** Scans: a loop over time whose body is a graph of its own. */
import type { ConstantNode, InputNode, Node, ScanNode } from '../graph/node.js'
import { eventSize, sizeOf } from '../graph/shape.js'
import { literal } from './closure.js'
import { CommonSubexpressions, inLoop, viewOf } from './common-subexpressions.js'
import type { Emitter } from './emitter.js'
import type { Home, InputPlace } from './homes.js'
import { carryLayout } from './kinds.js'
import { schedule, type Schedule } from './schedule.js'
import { zeros } from './zeros.js'

/** A step in compiled form: its schedule, and its results in order. */
interface StepPlan {
  readonly plan: Schedule
  readonly next: readonly Node[]
}

/** Variables of one loop over time. */
interface Time {
  readonly step: string
  /** Where in the arenas the carries after the current step lie. Those before it lie `width` numbers earlier. */
  readonly row: string
}

const isNumber = ({ shape }: Node): boolean => shape.plates.length + shape.event.length === 0

/** Initial carries, sequences and captured nodes, each with the input of the step that stands for it. */
function roles({ step, inputs }: ScanNode) {
  const { carries, elements, captured } = step
  const pair = (own: readonly InputNode[], start: number) => own.map((node, k) => ({ node, outer: inputs[start + k] }))
  return {
    carries: pair(carries, 0),
    elements: pair(elements, carries.length),
    captured: pair(captured, carries.length + elements.length),
  }
}

function planOf(emitter: Emitter, node: ScanNode): StepPlan {
  const unique = new CommonSubexpressions()
  const { elements, captured } = roles(node)
  const seen = new Set<Node>()
  const next = node.step.next.map(result => {
    const canonical = unique.canonical(result)
    if (isNumber(canonical)) return canonical
    // An array is written where the carries are stored, hence must be an array of its own.
    const own =
      seen.has(canonical) || ['input', 'constant', 'scan', 'concat'].includes(canonical.op) ? viewOf(canonical) : inLoop(canonical)
    seen.add(canonical)
    return own
  })
  const passive = new Set<Node>([...elements, ...captured].filter(({ outer }) => !emitter.isActive(outer)).map(each => each.node))
  const plan = schedule({
    terms: [],
    scales: new Map(),
    results: next.filter(result => result.op !== 'constant'),
    isActiveInput: input => !passive.has(input),
    rows: undefined,
  })
  return { plan, next }
}

/** An emitter for the body, with the homes of everything that the step reads and writes. */
function bodyOf(
  emitter: Emitter,
  node: ScanNode,
  { plan, next }: StepPlan,
  time: Time,
  write: ReadonlyMap<Node, (adjoint: string) => string>,
): Emitter {
  const { closure } = emitter
  const { offsets, width } = carryLayout(node.step.carries)
  const { carries, elements, captured } = roles(node)
  const places = new Map<Node, InputPlace>()
  const arena = (input: Node, offset: string): void => {
    const take = write.get(input)
    places.set(input, {
      values: 'v',
      offset,
      adjoints: 'a',
      adjointOffset: offset,
      isGradient: false,
      ...(take === undefined ? {} : { write: take }),
    })
  }
  carries.forEach(({ node: carry }, k) => arena(carry, `${time.row} + ${offsets[k] - width}`))
  for (const { node: element, outer } of elements) {
    const size = sizeOf(element.shape)
    const at = size === 1 ? time.step : `${time.step} * ${size}`
    if (outer.op === 'constant') arena(element, `${closure.presetOffset(outer)} + ${at}`)
    else arena(element, `${emitter.home(outer).offset} + ${at}`)
  }
  for (const { node: inner, outer } of captured) if (!emitter.isScalar(outer) || !isNumber(inner)) arena(inner, emitter.home(outer).offset)
  const results = new Map<Node, Home>()
  next.forEach((result, k) => {
    if (isNumber(result)) return
    const offset = `${time.row} + ${offsets[k]}`
    results.set(result, { values: 'v', offset, adjoints: 'a', adjointOffset: offset })
  })
  for (const { node: inner, outer } of captured) {
    if (emitter.isScalar(outer))
      places.set(inner, { values: '', offset: '', adjoints: '', adjointOffset: '', isGradient: false, write: write.get(inner)! })
  }
  const body = emitter.nested(plan, places, results)
  for (const { node: inner, outer } of captured) if (emitter.isScalar(outer)) body.setScalar(inner, emitter.scalarName(outer)!)
  return body
}

const nameOf = (body: Emitter, result: Node): string =>
  result.op === 'constant' ? literal((result as ConstantNode).values[0]) : body.scalarName(result)!

const indented = (body: Emitter): string => body.code.map(({ code }) => `  ${code.trimEnd().replaceAll('\n', '\n  ')}\n`).join('')

export function emitForwardScan(emitter: Emitter, node: ScanNode): void {
  const { closure } = emitter
  const step = planOf(emitter, node)
  const { width, offsets } = carryLayout(node.step.carries)
  const { offset } = emitter.home(node)
  const time = { step: closure.fresh('$'), row: closure.fresh('$') }
  const none = new Map<Node, (adjoint: string) => string>()
  const body = bodyOf(emitter, node, step, time, none)
  const locals: string[] = []
  roles(node).carries.forEach(({ node: carry, outer }, k) => {
    const start = `${offset} + ${offsets[k] - width}`
    if (!isNumber(carry)) return copyIn(emitter, outer, start)
    const name = closure.fresh('$')
    const value =
      outer.op === 'constant' ? literal(outer.values[0]) : (emitter.scalarName(outer) ?? emitter.hoist(`v[${emitter.home(outer).offset}]`))
    locals.push(`let ${name} = v[${start}] = ${value}`)
    body.setScalar(carry, name)
  })
  body.forward()
  // All carries change at once.
  const changes: string[] = []
  node.step.carries.forEach((carry, k) => {
    if (!isNumber(carry)) return
    const name = closure.fresh('$')
    body.emit({ code: `const ${name} = v[${time.row} + ${offsets[k]}] = ${nameOf(body, step.next[k])}`, defines: [] })
    changes.push(`${body.scalarName(carry)!} = ${name}`)
  })
  for (const code of changes) body.emit({ code, defines: [] })
  const head = `for (let ${time.step} = 0, ${time.row} = ${offset}; ${time.step} < ${node.length}; ${time.step}++, ${time.row} += ${width}) {`
  emitter.emit({ code: `${locals.map(line => `${line}\n`).join('')}${head}\n${indented(body)}}`, defines: [] })
}

function copyIn(emitter: Emitter, outer: Node, to: string): void {
  const size = sizeOf(outer.shape)
  const { values, offset } =
    outer.op === 'constant' ? { values: 'v', offset: `${emitter.closure.presetOffset(outer)}` } : emitter.home(outer)
  emitter.emit({ code: `for (let i = 0; i < ${size}; i++) v[${to} + i] = ${values}[${offset} + i]`, defines: [] })
}

export function emitReverseScan(emitter: Emitter, node: ScanNode): void {
  const { closure } = emitter
  const step = planOf(emitter, node)
  const { width, offsets } = carryLayout(node.step.carries)
  const { offset } = emitter.home(node)
  const time = { step: closure.fresh('$'), row: closure.fresh('$') }
  const { carries, captured } = roles(node)
  const totals = new Map<Node, string>()
  const write = new Map<Node, (adjoint: string) => string>()
  for (const { node: carry } of carries.filter(each => isNumber(each.node))) {
    const name = closure.fresh('$')
    totals.set(carry, name)
    write.set(carry, adjoint => `${name} = ${adjoint}`)
  }
  for (const { node: inner, outer } of captured) {
    if (!emitter.isScalar(outer)) continue
    const name = closure.fresh('$')
    totals.set(inner, name)
    write.set(inner, adjoint => `${name} += ${adjoint}`)
  }
  const body = bodyOf(emitter, node, step, time, write)
  body.forward()
  for (const code of zeros(body.homes.zeroed)) body.emit({ code, defines: [] })
  const reached = new Set<Node>(step.plan.order)
  carries.forEach(({ node: carry }, k) => {
    if (!isNumber(carry)) return
    const seed = closure.fresh('$')
    body.emit({ code: `const ${seed} = a[${time.row} + ${offsets[k]}] + ${totals.get(carry)!}`, defines: [] })
    if (step.plan.active.has(step.next[k])) body.contribute(step.next[k], { factor: seed, expression: '', negative: false })
  })
  for (const { node: carry } of carries)
    if (isNumber(carry) && !reached.has(carry)) body.emit({ code: `${totals.get(carry)!} = 0`, defines: [] })
  body.reverse()
  const defines = [...totals.values()]
  const head = `for (let ${time.step} = ${node.length - 1}, ${time.row} = ${offset} + ${(node.length - 1) * width}; ${time.step} >= 0; ${time.step}--, ${time.row} -= ${width}) {`
  emitter.emit({ code: `${defines.map(name => `let ${name} = 0\n`).join('')}${head}\n${indented(body)}}`, defines })
  carries.forEach(({ node: carry, outer }, k) => {
    if (!emitter.isActive(outer)) return
    const start = `${offset} + ${offsets[k] - width}`
    if (!isNumber(carry))
      emitter.emit({
        code: `for (let i = 0; i < ${eventSize(carry.shape.event)}; i++) ${into(emitter, outer)} += a[${start} + i]`,
        defines: [],
      })
    else if (emitter.isScalar(outer)) emitter.contribute(outer, { factor: totals.get(carry)!, expression: '', negative: false })
    else emitter.emit({ code: `a[${emitter.home(outer).adjointOffset}] += ${totals.get(carry)!}`, defines: [] })
  })
  for (const { node: inner, outer } of captured) {
    if (emitter.isScalar(outer) && emitter.isActive(outer))
      emitter.contribute(outer, { factor: totals.get(inner)!, expression: '', negative: false })
  }
}

const into = (emitter: Emitter, outer: Node): string => {
  const { adjoints, adjointOffset } = emitter.home(outer)
  return `${adjoints}[${adjointOffset} + i]`
}
