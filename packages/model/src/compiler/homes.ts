/** Where arrays lie: in the position and gradient, or in the arenas. */
import type { InputNode, Node } from '../graph/node.js'
import { plateSize, eventSize, sizeOf } from '../graph/shape.js'
import type { Closure } from './closure.js'
import type { Emitter } from './emitter.js'
import { storageOf } from './kinds.js'
import { predictorOf } from './linear-predictor.js'
import type { DeferredPredictor } from '../wasm/linear-predictor.js'
import { blockRows, type RowRange } from './row-range.js'
import type { Schedule } from './schedule.js'

/** Names of the arrays of values and adjoints, and source of the first element's place in them. */
export interface Home {
  readonly values: string
  readonly offset: string
  readonly adjoints: string
  readonly adjointOffset: string
}

/** Where an input comes from and where its gradient goes. */
export interface InputPlace extends Home {
  /** Whether the gradient is written, once. Otherwise it is added to what is there. */
  readonly isGradient: boolean
  /** For a number: the statement that takes its gradient instead. */
  readonly write?: (adjoint: string) => string
}

/** Names of the arrays of a design's product and of its residual, and source of the first row's place in both. */
type PredictorArrays = Pick<Home, 'values' | 'adjoints' | 'offset'>

const inOneBlock = (closure: Closure, predictor: DeferredPredictor): PredictorArrays => ({
  values: closure.bind('c', predictor.predictor()),
  adjoints: closure.bind('c', predictor.residual()),
  offset: '0',
})

export class Homes {
  readonly #homes = new Map<Node, Home>()
  readonly #copied = new Set<Node>()
  readonly #sizes = new Map<Node, number>()
  readonly #plan: Schedule
  readonly #places: ReadonlyMap<Node, InputPlace>
  /** Ranges of the adjoint arena that must be zero before the reverse pass; those of rows before each block. */
  readonly zeroed: { readonly rows: boolean; readonly array: string; readonly offset: string; readonly size: number }[] = []
  /** What is to be declared at the start of a block: arrays, and where in them its rows begin. */
  readonly rowStarts: { readonly name: string; readonly source: string }[] = []

  constructor(
    closure: Closure,
    plan: Schedule,
    places: ReadonlyMap<Node, InputPlace>,
    rows: RowRange | undefined,
    results: ReadonlyMap<Node, Home>,
  ) {
    this.#plan = plan
    this.#places = places
    const isRead = (node: Node): boolean => plan.stored.has(node) && storageOf(node) === node
    const nodes = plan.order.filter(isRead)
    for (const [node, home] of results) this.#homes.set(node, home)
    for (const isShared of [true, false]) {
      for (const node of nodes) if (!results.has(node) && plan.shared.has(node) === isShared) this.#place(closure, node, rows, isShared)
    }
    for (const node of plan.order) if (node.op === 'input' && !this.#homes.has(node)) this.#homes.set(node, places.get(node)!)
  }

  #place(closure: Closure, node: Node, rows: RowRange | undefined, isShared: boolean): void {
    const isRow = this.#plan.isRow(node)
    const zero = (array: string, offset: string, size: number): void => {
      if (isShared && this.#plan.active.has(node)) this.zeroed.push({ rows: isRow && node.op !== 'input', array, offset, size })
    }
    const place = this.#places.get(node)
    const isNumber = node.shape.plates.length + node.shape.event.length === 0
    if (place !== undefined && !isNumber && (place.values === 'v' || !this.#feedsKernel(node))) {
      this.#homes.set(node, place)
      return place.isGradient ? zero(place.adjoints, place.adjointOffset, sizeOf(node.shape)) : undefined
    }
    const predictor = predictorOf(node)
    if (predictor !== undefined) {
      const { values, offset, adjoints } = rows === undefined ? inOneBlock(closure, predictor) : this.#inBlocks(closure, predictor, rows)
      this.#homes.set(node, { values, offset, adjoints, adjointOffset: offset })
      return zero(adjoints, '0', Math.min(predictor.rows, blockRows))
    }
    if (isRow && rows !== undefined && node.op !== 'input') {
      const width = plateSize(node.shape.plates.slice(1)) * eventSize(node.shape.event)
      const size = Math.min(blockRows, rows.plate.size) * width
      const start = closure.allocate(size)
      const name = closure.fresh('$')
      this.rowStarts.push({ name, source: `${start} - ${rows.bounds.lower}${width === 1 ? '' : ` * ${width}`}` })
      this.#homes.set(node, { values: 'v', offset: name, adjoints: 'a', adjointOffset: name })
      this.#sizes.set(node, size)
      return zero('a', `${start}`, size)
    }
    // Before the carries after each step lie the initial ones.
    const before = node.op === 'scan' ? node.shape.event[1] : 0
    const size = sizeOf(node.shape)
    const start = closure.allocate(before + size)
    const offset = `${start + before}`
    this.#homes.set(node, { values: 'v', offset, adjoints: 'a', adjointOffset: offset })
    this.#sizes.set(node, size)
    if (node.op === 'input') this.#copied.add(node)
    zero('a', `${start}`, before + size)
  }

  /** The arrays of a predictor of several blocks are asked for in each block: which blocks are packed is said after this code is compiled. */
  #inBlocks(closure: Closure, predictor: DeferredPredictor, rows: RowRange): PredictorArrays {
    const kernel = closure.bind('L', predictor)
    const [values, adjoints, offset] = [closure.fresh('$'), closure.fresh('$'), closure.fresh('$')]
    this.rowStarts.push(
      { name: values, source: `${kernel}.predictor()` },
      { name: adjoints, source: `${kernel}.residual()` },
      { name: offset, source: `-${rows.bounds.lower}` },
    )
    return { values, adjoints, offset }
  }

  /** Kernels find everything in the arenas. */
  #feedsKernel(node: Node): boolean {
    const { consumers, kind } = this.#plan
    return consumers(node).some(
      consumer =>
        (consumer.op === 'kernel' && kind(consumer) === 'statement' && predictorOf(consumer) === undefined) ||
        consumer.op === 'scan' ||
        (consumer.op === 'reshape' && this.#feedsKernel(consumer)),
    )
  }

  of(node: Node): Home {
    const home = this.#homes.get(node)
    if (home === undefined) throw new Error(`a ${node.op} has no storage`)
    return home
  }

  /** Numbers that a node takes in the arena. */
  sizeOf(node: Node): number {
    return this.#sizes.get(node) ?? sizeOf(node.shape)
  }

  /** Whether an input is copied into the arena. */
  isCopied(node: Node): boolean {
    return this.#copied.has(node)
  }

  inputSource(node: InputNode): string {
    const { values, offset } = this.#places.get(node)!
    return `${values}[${offset}]`
  }

  /** Where the gradient of an array goes. */
  gradient(node: InputNode): { readonly array: string; readonly offset: string; readonly isGradient: boolean } {
    const { adjoints, adjointOffset, isGradient } = this.#places.get(node)!
    return { array: adjoints, offset: adjointOffset, isGradient }
  }

  writeScalarGradient(emitter: Emitter, node: InputNode, adjoint: string): void {
    const { adjoints, adjointOffset, isGradient, write } = this.#places.get(node)!
    if (write !== undefined) emitter.emit({ code: write(adjoint), defines: [] })
    else emitter.emit({ code: `${adjoints}[${adjointOffset}] ${isGradient ? '=' : '+='} ${adjoint}`, defines: [] })
  }

  /** Arrays given from outside that kernels read: copied into the arena first. */
  copies(): readonly { readonly from: InputPlace; readonly to: string; readonly size: number }[] {
    return [...this.#copied]
      .filter(node => node.shape.plates.length + node.shape.event.length > 0)
      .map(node => ({ from: this.#places.get(node)!, to: this.of(node).offset, size: sizeOf(node.shape) }))
  }
}
