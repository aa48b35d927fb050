/** Writes the code of one graph: forward levels, rows, reverse levels. */
import type { Node } from '../graph/node.js'
import { broadcastStrides, dimensionsOf, sizeOf, type Shape } from '../graph/shape.js'
import type { Adjoint } from './adjoint.js'
import { accessesOf, mergedAxes, rowMajor, type Axis } from './axes.js'
import type { Closure } from './closure.js'
import { forwardLevel } from './emit-forward.js'
import { reverseLevel } from './emit-reverse.js'
import { Homes, type Home, type InputPlace } from './homes.js'
import { storageOf } from './kinds.js'
import type { RowRange } from './row-range.js'
import type { Schedule } from './schedule.js'
import { Scope } from './scope.js'
import type { Statement } from './statement.js'
import { guardedNodes } from './guarded.js'

/** A summand of the log density, ready to be added up: `factor * (sum of node)`, the factor being `weight * scale`. */
export interface WeightedRoot {
  readonly node: Node
  /** Variable or number: power and size of the coefficient. */
  readonly weight: string
  /** Whether the coefficient is below zero. */
  readonly negative: boolean
  readonly scale: Node | undefined
}

export class Emitter {
  readonly closure: Closure
  readonly plan: Schedule
  readonly homes: Homes
  /** Everything in order; the rows' own statements are kept apart, for a function of their own. */
  code: Statement[] = []
  rowCode: Statement[] = []
  readonly logDensity: Adjoint[] = []
  /** Names of complete adjoints of numbers. */
  readonly scalarAdjoints = new Map<Node, string>()
  readonly #rows: RowRange | undefined
  readonly #roots = new Map<Node, WeightedRoot[]>()
  readonly #scalars = new Map<Node, string>()
  readonly #contributions = new Map<Node, Adjoint[]>()
  readonly #hoisted = new Map<string, string>()
  readonly #ids = new Map<Node, number>()
  readonly #axes = new Map<string, readonly Axis[]>()
  readonly #guarded: ReadonlySet<Node>
  #inRows = false
  #functionScope: Scope | undefined
  #afterRows: (() => void)[] = []

  constructor(
    closure: Closure,
    plan: Schedule,
    roots: readonly WeightedRoot[],
    places: ReadonlyMap<Node, InputPlace>,
    rows: RowRange | undefined,
    results: ReadonlyMap<Node, Home> = new Map(),
  ) {
    this.closure = closure
    this.plan = plan
    this.#rows = rows
    for (const root of roots) this.#roots.set(root.node, [...(this.#roots.get(root.node) ?? []), root])
    this.#guarded = guardedNodes(plan)
    this.homes = new Homes(closure, plan, places, rows, results)
  }

  /** An emitter for the body of a loop over time. */
  nested(plan: Schedule, places: ReadonlyMap<Node, InputPlace>, results: ReadonlyMap<Node, Home>): Emitter {
    return new Emitter(this.closure, plan, [], places, undefined, results)
  }

  get inRows(): boolean {
    return this.#inRows
  }

  emit(statement: Statement): void {
    ;(this.#inRows ? this.rowCode : this.code).push(statement)
  }

  /** For what must wait for the sums over all rows. */
  emitAfterRows(statement: Statement): void {
    if (this.#inRows) this.#afterRows.push(() => this.code.push(statement))
    else this.code.push(statement)
  }

  /** The name of a variable of the function with the value of an expression that never changes. */
  hoist(source: string): string {
    const known = this.#hoisted.get(source)
    if (known !== undefined) return known
    const name = this.closure.fresh('$')
    this.code.push({ code: `const ${name} = ${source}`, defines: [name] })
    this.#hoisted.set(source, name)
    return name
  }

  idOf(node: Node): number {
    const known = this.#ids.get(node)
    if (known !== undefined) return known
    this.#ids.set(node, this.#ids.size)
    return this.#ids.size - 1
  }

  isActive = (node: Node): boolean => this.plan.active.has(node)
  isGuarded = (node: Node): boolean => this.#guarded.has(node)
  isScalar = (node: Node): boolean =>
    this.plan.kind(node) === 'scalar' || (node.op === 'sum' && node.shape.plates.length + node.shape.event.length === 0)

  scalarName(node: Node): string | undefined {
    return this.#scalars.get(node)
  }

  setScalar(node: Node, name: string): void {
    this.#scalars.set(node, name)
  }

  isInArray = (node: Node): boolean => {
    const kind = this.plan.kind(node)
    return kind !== 'loop' && kind !== 'scalar' ? true : this.plan.stored.has(node)
  }

  home(node: Node): Home {
    return this.homes.of(storageOf(node))
  }

  /** Where code adds to the adjoints of an array: in a block of rows, to the block's record, unless the array belongs to the rows. */
  adjointTarget(node: Node): { readonly array: string; readonly offset: string } {
    const storage = storageOf(node)
    if (this.#inRows && this.#rows !== undefined && !this.plan.isRow(storage))
      return this.#rows.recordTarget(storage, sizeOf(storage.shape))
    const { adjoints, adjointOffset } = this.homes.of(storage)
    return { array: adjoints, offset: adjointOffset }
  }

  /** Says that a kernel in a block of rows adds to the adjoints of a node in the arena. */
  recordThroughArena(node: Node): void {
    const storage = storageOf(node)
    if (!this.#inRows || this.#rows === undefined || this.plan.isRow(storage)) return
    this.#rows.recordTarget(storage, sizeOf(storage.shape))
    this.#rows.throughArena.add(storage)
  }

  sharesLoop = (consumer: Node, input: Node): boolean => {
    const { kind, reverse } = this.plan
    return (
      (kind(input) === 'loop' || kind(input) === 'input') &&
      reverse(consumer) === reverse(input) &&
      this.axesKey(consumer.shape) === this.axesKey(input.shape)
    )
  }

  /** Limits of the loop over rows, if this is one. */
  bounds(shape: Shape): { readonly lower?: string; readonly upper?: string } {
    return this.#rows !== undefined && shape.plates.includes(this.#rows.plate) ? this.#rows.bounds : {}
  }

  contribute(node: Node, adjoint: Adjoint): void {
    const list = this.#contributions.get(node) ?? []
    list.push(adjoint)
    // Thousands of contributions to one number are added up on the way.
    this.#contributions.set(node, list.length < 16 || this.#inRows ? list : [this.functionScope.combine(list)])
  }

  addToLogDensity(adjoint: Adjoint): void {
    this.logDensity.push(adjoint)
    if (this.logDensity.length >= 16 && !this.#inRows)
      this.logDensity.splice(0, this.logDensity.length, this.functionScope.combine(this.logDensity))
  }

  /** The scope of code of the function itself. */
  get functionScope(): Scope {
    this.#functionScope ??= new Scope(this, { plates: [], event: [] }, [])
    return this.#functionScope
  }

  rootsAt(node: Node): readonly WeightedRoot[] {
    return this.#roots.get(node) ?? []
  }

  contributionsTo(node: Node): readonly Adjoint[] {
    return this.#contributions.get(node) ?? []
  }

  forward(): void {
    this.#levels(false, this.plan.forward, nodes => forwardLevel(this, nodes))
  }

  /** All of the rows: forward, terms and reverse. */
  rows(): void {
    this.#inRows = true
    this.#levels(true, this.plan.forward, nodes => forwardLevel(this, nodes))
    this.#levels(true, this.plan.reverse, nodes => reverseLevel(this, nodes))
    this.#inRows = false
  }

  /** What waits for the sums over rows. */
  afterRows(): void {
    for (const use of this.#afterRows.splice(0)) use()
  }

  reverse(): void {
    this.#levels(false, this.plan.reverse, nodes => reverseLevel(this, nodes))
  }

  /** Calls `emit` for each level, lowest first. */
  #levels(rows: boolean, levelOf: (node: Node) => number, emit: (nodes: readonly Node[]) => void): void {
    const levels = new Map<number, Node[]>()
    for (const node of this.plan.order) {
      if (this.plan.isRow(node) !== rows) continue
      const level = levelOf(node)
      const nodes = levels.get(level)
      if (nodes === undefined) levels.set(level, [node])
      else nodes.push(node)
    }
    for (const level of [...levels.keys()].sort((a, b) => a - b)) emit(levels.get(level)!)
  }

  scope(shape: Shape): Scope {
    return new Scope(this, shape, this.#axesOf(shape))
  }

  #axesOf(shape: Shape): readonly Axis[] {
    if (dimensionsOf(shape).length === 0) return []
    const key = this.axesKey(shape)
    const known = this.#axes.get(key)
    if (known !== undefined) return known
    const accesses = this.plan.order.flatMap(node => {
      const inner = this.axesKey(node.shape) === key ? accessesOf(node) : []
      return node.op === 'sum' && this.axesKey(node.inputs[0].shape) === key ? [...inner, broadcastStrides(node.shape, shape)] : inner
    })
    const axes = mergedAxes(shape, [rowMajor(shape), ...accesses])
    this.#axes.set(key, axes)
    return axes
  }

  #axesKeys = new Map<Shape, string>()

  /** Equal for equal axes. */
  axesKey(shape: Shape): string {
    const known = this.#axesKeys.get(shape)
    if (known !== undefined) return known
    const key = `${shape.plates.map(plate => this.closure.bind('P', plate)).join(' ')}|${shape.event.join(' ')}`
    this.#axesKeys.set(shape, key)
    return key
  }
}
