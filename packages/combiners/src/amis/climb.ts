import type { DrawMatrix } from '@chorale/core/contracts'

/** Values and gradients of a function at many points at once. */
export type BatchGradient = (positions: DrawMatrix) => Promise<{ readonly value: Float64Array; readonly gradient: Float64Array }>

/** Where a climb ended. */
export interface Summit {
  readonly position: Float64Array
  readonly value: number
}

const MEMORY = 10
const ITERATIONS = 50
const LONGEST_STEP = 10

/**
 * Maximises a function from several starts in lockstep by L-BFGS with backtracking, so that one round of evaluations serves all of them. Coordinates should have
 * unit scale: a climb ends when its gradient is shorter than `tolerance` or 50 evaluations were made; all end when `affordable` says so. A start where the function is not
 * finite is left out.
 * Source: Nocedal & Wright (2006), Numerical Optimization, algorithms 7.4 and 3.1.
 */
export async function climbAll(
  starts: readonly Float64Array[],
  gradientAt: BatchGradient,
  { tolerance, affordable = () => true }: { readonly tolerance: number; readonly affordable?: () => boolean },
): Promise<Summit[]> {
  if (starts.length === 0) return []
  const dimension = starts[0].length
  const first = await gradientAt(stacked(starts, dimension))
  const climbs = starts.map(
    (start, k) => new Climb(start, first.value[k], first.gradient.slice(k * dimension, (k + 1) * dimension), tolerance),
  )
  for (let iteration = 0; iteration < ITERATIONS && affordable(); iteration++) {
    const active = climbs.filter(climb => !climb.ended)
    if (active.length === 0) break
    const found = await gradientAt(stacked(active.map(climb => climb.trial()), dimension)) // prettier-ignore
    active.forEach((climb, k) => climb.learn(found.value[k], found.gradient.slice(k * dimension, (k + 1) * dimension)))
  }
  return climbs.filter(({ value }) => Number.isFinite(value)).map(({ position, value }) => ({ position, value }))
}

function stacked(rows: readonly Float64Array[], dimension: number): DrawMatrix {
  const values = new Float64Array(rows.length * dimension)
  rows.forEach((row, k) => values.set(row, k * dimension))
  return { draws: rows.length, dimension, values }
}

class Climb {
  position: Float64Array
  value: number
  ended: boolean
  private gradient: Float64Array
  private direction: Float64Array
  private step = 1
  private readonly pairs: { s: Float64Array; y: Float64Array; rho: number }[] = []
  private readonly tolerance: number

  constructor(position: Float64Array, value: number, gradient: Float64Array, tolerance: number) {
    this.position = position
    this.value = value
    this.gradient = gradient
    this.tolerance = tolerance
    this.direction = gradient
    this.ended = !Number.isFinite(value) || !gradient.every(Number.isFinite) || norm(gradient) < tolerance
    if (!this.ended) this.turn()
  }

  trial(): Float64Array {
    return this.position.map((x, i) => x + this.step * this.direction[i])
  }

  learn(value: number, gradient: Float64Array): void {
    const slope = dot(this.gradient, this.direction)
    if (!Number.isFinite(value) || !gradient.every(Number.isFinite) || value < this.value + 1e-4 * this.step * slope) {
      this.step *= 0.4
      if (this.step < 1e-8) this.ended = true
      return
    }
    const next = this.trial()
    const s = next.map((x, i) => x - this.position[i])
    const y = gradient.map((g, i) => this.gradient[i] - g)
    const curvature = dot(s, y)
    if (curvature > 1e-10 * norm(s) * norm(y)) this.pairs.push({ s, y, rho: 1 / curvature })
    if (this.pairs.length > MEMORY) this.pairs.shift()
    this.position = next
    this.value = value
    this.gradient = gradient
    if (norm(gradient) < this.tolerance) this.ended = true
    else this.turn()
  }

  /** The two-loop recursion; steepest ascent where that does not point upwards. */
  private turn(): void {
    const q = this.gradient.slice()
    const alphas = this.pairs.map(() => 0)
    for (let k = this.pairs.length - 1; k >= 0; k--) {
      const { s, y, rho } = this.pairs[k]
      alphas[k] = rho * dot(s, q)
      for (let i = 0; i < q.length; i++) q[i] -= alphas[k] * y[i]
    }
    const last = this.pairs.at(-1)
    if (last !== undefined) {
      const scale = dot(last.s, last.y) / dot(last.y, last.y)
      for (let i = 0; i < q.length; i++) q[i] *= scale
    }
    this.pairs.forEach(({ s, y, rho }, k) => {
      const beta = rho * dot(y, q)
      for (let i = 0; i < q.length; i++) q[i] += (alphas[k] - beta) * s[i]
    })
    this.direction = dot(q, this.gradient) > 0 ? q : this.gradient
    this.step = Math.min(1, LONGEST_STEP / norm(this.direction))
  }
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0)
const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))
