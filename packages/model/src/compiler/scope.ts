/** The place where nodes are computed: the loop over some axes, or, without axes, the function itself. */
import type { Node } from '../graph/node.js'
import { broadcastStrides, dimensionsOf, sizeOf, type Shape } from '../graph/shape.js'
import { productOf, sizeOfAdjoint, sumOf, type Adjoint } from './adjoint.js'
import type { Axis } from './axes.js'
import { isInvariant, isName, literal } from './closure.js'
import type { Emitter } from './emitter.js'
import { loopText } from './loop-text.js'
import { indexedPlace, placeOf, type Place } from './place.js'
import { dotSource } from './row-dot.js'

export class Scope {
  readonly emitter: Emitter
  readonly shape: Shape
  readonly axes: readonly Axis[]
  readonly contributions = new Map<Node, Adjoint[]>()
  readonly #values = new Map<Node, string>()
  readonly #sources = new Map<string, string>()
  readonly #accumulators = new Map<string, string>()
  readonly #declared: string[] = []
  readonly #after: (() => void)[] = []
  readonly #before: string[][]
  readonly #behind: string[][]

  constructor(emitter: Emitter, shape: Shape, axes: readonly Axis[]) {
    this.emitter = emitter
    this.shape = shape
    this.axes = axes
    this.#before = Array.from({ length: axes.length + 1 }, () => [])
    this.#behind = Array.from({ length: axes.length + 1 }, () => [])
  }

  get isLoop(): boolean {
    return this.axes.length > 0
  }

  /** Adds a line to the innermost loop. */
  line(code: string): void {
    if (this.isLoop) this.#before[this.axes.length].push(code)
    else this.emitter.emit({ code, defines: [] })
  }

  /** The name of a variable with the value of an expression. Equal sources are computed once. */
  name(source: string): string {
    if (isName(source)) return source
    if (!this.isLoop || isInvariant(source)) return this.emitter.hoist(source)
    return this.#declare(source, this.axes.length)
  }

  #declare(source: string, depth: number): string {
    const known = this.#sources.get(source)
    if (known !== undefined) return known
    const name = this.emitter.closure.fresh('x')
    this.#before[depth].push(`const ${name} = ${source}`)
    this.#sources.set(source, name)
    return name
  }

  /** Where element (i0, i1, ...) of this scope's axes lies in an array with these strides. */
  place(offset: string, strides: readonly number[]): Place {
    return placeOf(this.axes, offset, strides)
  }

  /** The name of the value of a node for the current element. */
  value(node: Node): string {
    const known = this.#values.get(node)
    if (known !== undefined) return known
    const name = this.#read(node)
    this.#values.set(node, name)
    return name
  }

  #read(node: Node): string {
    if (node.op === 'constant') {
      if (node.values.length === 1) return literal(node.values[0])
      return this.#load(this.emitter.closure.bind('c', node.values), this.place('0', broadcastStrides(node.shape, this.shape)))
    }
    const scalar = this.emitter.scalarName(node)
    if (scalar !== undefined) return scalar
    if (!this.emitter.isInArray(node)) return this.compute(node)
    const { values, offset } = this.emitter.home(node)
    return this.#load(values, this.place(offset, broadcastStrides(node.shape, this.shape)))
  }

  #load(array: string, { address, depth }: Place): string {
    const source = `${array}[${address}]`
    return depth === 0 ? this.emitter.hoist(source) : this.#declare(source, depth)
  }

  /** Computes a node that lives in this scope's axes, stored or not. */
  compute(node: Node): string {
    const name = this.#compute(node)
    this.#values.set(node, name)
    return name
  }

  #compute(node: Node): string {
    switch (node.op) {
      case 'elementwise': {
        const source = node.operator.source(...node.inputs.map(input => this.value(input)))
        return this.name(source)
      }
      case 'gather':
      case 'pick':
      case 'scan-result': {
        const { values } = this.emitter.home(node.inputs[0])
        return this.#load(values, this.indexed(node, this.emitter.home(node.inputs[0]).offset))
      }
      case 'kernel':
        return dotSource(this, node)
      default:
        throw new Error(`a ${node.op} is not computed element by element`)
    }
  }

  /** Where a gather, a pick or a scan's result finds its current element, in an array that starts at `offset`. */
  indexed(node: Node, offset: string): Place {
    return indexedPlace(node, offset, this.axes, index => this.emitter.closure.bind('n', index))
  }

  /** The adjoint that several contributions add up to. */
  combine(adjoints: readonly Adjoint[]): Adjoint {
    const [first] = adjoints
    if (adjoints.length === 1) return first
    const { factor } = first
    if (adjoints.every(a => a.factor === factor)) return this.adjoint(factor, this.name(`(${sumOf(adjoints, a => a.expression || '1')})`))
    return this.adjoint('', this.name(`(${sumOf(adjoints, sizeOfAdjoint)})`))
  }

  /** An adjoint with what does not change in the factor. */
  adjoint(factor: string, expression: string, negative = false): Adjoint {
    if (expression === '' || !isInvariant(expression)) return { factor, expression, negative }
    return { factor: factor === '' ? expression : this.emitter.hoist(productOf(factor, expression)), expression: '', negative }
  }

  /** An adjoint times a variable or number. */
  times({ factor, expression, negative }: Adjoint, by: string): Adjoint {
    if (by === '1') return { factor, expression, negative }
    if (isInvariant(by)) return { factor: factor === '' ? this.name(by) : this.emitter.hoist(productOf(factor, by)), expression, negative }
    return { factor, expression: expression === '' ? by : this.name(productOf(expression, by)), negative }
  }

  /** Adds to a variable of the function, in every iteration; `use` is told its name when the loop is over. */
  accumulate(key: string, { expression, negative }: Adjoint, use: (total: string) => void): void {
    let name = this.#accumulators.get(key)
    if (name === undefined) {
      const created = this.emitter.closure.fresh('$')
      name = created
      this.#accumulators.set(key, name)
      this.#declared.push(name)
      this.#after.push(() => use(created))
    }
    this.line(`${name} ${negative ? '-=' : '+='} ${expression || '1'}`)
  }

  /** Adds to the adjoint of a number without axes. */
  contributeToScalar(node: Node, adjoint: Adjoint): void {
    const { factor, expression, negative } = adjoint
    if (!this.isLoop) return this.emitter.contribute(node, adjoint)
    if (expression === '')
      return this.emitter.contribute(node, {
        factor: this.emitter.hoist(productOf(factor, literal(sizeOf(this.shape)))),
        expression,
        negative,
      })
    this.accumulate(`s${this.emitter.idOf(node)}|${factor}`, adjoint, total =>
      this.emitter.contribute(node, { factor, negative: false, expression: total }),
    )
  }

  /** Adds to an element of the adjoints of an array. */
  contributeToArray(node: Node, locate: (offset: string) => Place, adjoint: Adjoint): void {
    const home = this.emitter.home(node)
    const { depth } = locate('0')
    const sign = adjoint.negative ? '-=' : '+='
    if (depth === 0 && this.isLoop) {
      const target = `${home.adjoints}[${locate(home.offset).address}]`
      const { factor } = adjoint
      return this.accumulate(`${target}|${factor}`, adjoint, total =>
        this.emitter.emitAfterRows({ code: `${target} += ${productOf(factor, total)}`, defines: [] }),
      )
    }
    const { array, offset } = this.emitter.adjointTarget(node)
    const target = `${array}[${locate(offset).address}]`
    if (depth === this.axes.length) return this.line(`${target} ${sign} ${this.name(sizeOfAdjoint(adjoint))}`)
    const key = `${target}|${adjoint.factor}`
    let name = this.#accumulators.get(key)
    if (name === undefined) {
      name = this.emitter.closure.fresh('t')
      this.#accumulators.set(key, name)
      this.#before[depth].push(`let ${name} = 0`)
      this.#behind[depth].push(`${target} += ${productOf(adjoint.factor, name)}`)
    }
    this.line(`${name} ${sign} ${adjoint.expression || '1'}`)
  }

  /** The name of the adjoint that others have added up in the array of a node. */
  storedAdjoint(node: Node): string {
    const { array, offset } = this.emitter.adjointTarget(node)
    const { address, depth } = this.place(offset, broadcastStrides(node.shape, this.shape))
    const name = this.emitter.closure.fresh(depth === 0 ? '$' : 'x')
    const code = `const ${name} = ${array}[${address}]`
    if (depth === 0) this.emitter.emit({ code, defines: [name] })
    else this.#before[depth].push(code)
    return name
  }

  /** Writes the loop to the function. */
  close(): void {
    if (this.isLoop) {
      const declared = this.#declared.map(name => `let ${name} = 0\n`).join('')
      const code = loopText(this.axes, this.#before, this.#behind, this.emitter.bounds(this.shape), dimensionsOf(this.shape)[0])
      this.emitter.emit({ code: `${declared}${code}`, defines: this.#declared })
    }
    for (const use of this.#after) use()
  }

  /** Declares an accumulator whose name is known beforehand. */
  declareTotal(name: string): void {
    this.#declared.push(name)
  }
}
