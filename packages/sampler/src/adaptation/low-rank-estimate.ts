import { geometricMeanEigen } from '../metric/geometric-mean.js'
import { symmetricEigen } from '../metric/symmetric-eigen.js'

/** The regularisation of both moment matrices. */
const GAMMA = 1e-5
/** Directions among which the metric is looked for. */
export const MOST_DIRECTIONS = 80
/** Dimensions up to which all directions are looked at once there are more draws than dimensions. */
const WHOLE = 200
/** What "more" means. */
const DRAWS_PER_DIRECTION = 1.05
const MOST_HELD_OUT = 30
/** Variances within a factor of this from one another are left as they are. */
const SPREAD = 4
/** A direction is new when this much of its length is left after those found before. */
const NEW = 1e-6

/** What a low-rank metric is made of, and how good it promises to be. */
export interface LowRankEstimate {
  readonly scales: Float64Array
  readonly vectors: Float64Array
  readonly eigenvalues: Float64Array
  /** Times fewer leapfrog steps across the widest direction than with `scales` alone, by the draws held out. */
  readonly gain: number
  /** Draws that it was made from. */
  readonly count: number
}

/**
 * A low-rank correction of the diagonal metric of `scales` from `count` draws and the gradients there (rows of d values).
 *
 * On the scale of `scales`, X the centred draws and G the centred gradients, the correction is the geometric mean of A = I + X'X/gamma and the inverse of
 * B = I + G'G/gamma: it minimises the Fisher divergence, and is exact for a normal target in the span of as many draws as it has dimensions. It is computed
 * among the principal directions of draws (wide ones) and gradients (narrow ones). Directions whose variances are within a factor 4 of most others
 * stay as they are; the scale absorbs where those lie. The latest draws are held out: a direction counts only where they agree. Null when the draws do not determine it, or when nothing is left to correct.
 *
 * Source: Seyboldt, Carlson & Carpenter, "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence"; nuts-rs.
 */
export function lowRankEstimate(count: number, draws: Float64Array, gradients: Float64Array, scales: Float64Array): LowRankEstimate | null {
  const d = scales.length
  const used = count - heldOut(count)
  const x = centredRows(draws.subarray(0, used * d), d, i => 1 / scales[i])
  const g = centredRows(gradients.subarray(0, used * d), d, i => scales[i])
  const basis = isWhole(count, d) ? null : principalBasis(x, g, d)
  const k = basis ? basis.length / d : d
  const [xInBasis, gInBasis] = basis ? [project(x, basis, d), project(g, basis, d)] : [x, g]
  const eigen = geometricMeanEigen(momentMatrix(xInBasis, k), momentMatrix(gInBasis, k), k)
  const rest = k < d ? Math.sqrt((squaresOf(x) - squaresOf(xInBasis)) / (squaresOf(g) - squaresOf(gInBasis))) : 1
  if (!eigen || !(eigen.values[0] > 0 && rest > 0 && rest < Infinity)) return null

  const centre = centreOfMost(eigen.values, d - k, rest)
  const edge = Math.sqrt(SPREAD) * (1 + 1e-9)
  const far = Array.from(eigen.values.keys()).filter(i => eigen.values[i] > centre * edge || eigen.values[i] * edge < centre)
  const found = new Float64Array(far.length * d)
  far.forEach((from, to) => {
    const direction = eigen.vectors.subarray(from * k, (from + 1) * k)
    if (basis) combineRows(found, to * d, direction, basis, d)
    else found.set(direction, to * d)
  })
  const scale = Math.sqrt(centre)
  const centred = scales.map(s => s * scale)
  const shown = variancesAlong(found, draws.subarray(used * d), gradients.subarray(used * d), centred)
  const kept = far
    .map((from, at) => ({ at, value: eigen.values[from] / centre, shown: shown[at] }))
    .filter(isConfirmed)
    .map(({ at, value, shown: seen }) => ({ at, value: Math.sqrt(value * seen), shown: seen }))
  if (kept.length === 0) return null

  const vectors = new Float64Array(kept.length * d)
  kept.forEach(({ at }, to) => vectors.set(found.subarray(at * d, (at + 1) * d), to * d))
  const before = roughness(
    kept.map(direction => direction.shown),
    d,
  )
  const after = roughness(
    kept.map(direction => direction.shown / direction.value),
    d,
  )
  return { scales: centred, vectors, eigenvalues: Float64Array.from(kept, direction => direction.value), gain: before / after, count }
}

/** Of so many draws, the latest that are kept for a test of what the others say. */
const heldOut = (count: number): number => Math.min(MOST_HELD_OUT, Math.floor(count / 5))

/** Whether a variance learnt is nearer, on the log scale, to the one that later draws show than 1 is. */
const isConfirmed = ({ value, shown }: { readonly value: number; readonly shown: number }): boolean =>
  Math.abs(Math.log(shown / value)) < Math.abs(Math.log(shown))

/** sqrt(var(draw) / var(gradient)) along each row of `vectors`, of other draws, on the scale of `scales`. */
function variancesAlong(vectors: Float64Array, draws: Float64Array, gradients: Float64Array, scales: Float64Array): Float64Array {
  const d = scales.length
  const alongX = project(
    centredRows(draws, d, i => 1 / scales[i]),
    vectors,
    d,
  )
  const alongG = project(
    centredRows(gradients, d, i => scales[i]),
    vectors,
    d,
  )
  const rank = vectors.length / d
  return Float64Array.from({ length: rank }, (_, k) => {
    let [wide, narrow] = [0, 0]
    for (let at = k; at < alongX.length; at += rank) {
      wide += alongX[at] * alongX[at]
      narrow += alongG[at] * alongG[at]
    }
    return Math.sqrt(wide / narrow)
  })
}

/** Whether so many draws determine the metric of all d directions at once. */
export const isWhole = (count: number, d: number): boolean =>
  d <= MOST_DIRECTIONS || (d <= WHOLE && count - heldOut(count) >= DRAWS_PER_DIRECTION * d)

/** Leapfrog steps across the widest direction, but for a constant: its standard deviation over the step size, (mean of 1 / variance^2)^(-1/4). */
function roughness(variances: readonly number[], dimension: number): number {
  let widest = 1
  let sum = dimension - variances.length
  for (const v of variances) {
    widest = Math.max(widest, v)
    sum += 1 / (v * v)
  }
  return Math.sqrt(widest * Math.sqrt(sum / dimension))
}

function centredRows(rows: Float64Array, d: number, scaleOf: (i: number) => number): Float64Array {
  const count = rows.length / d
  const out = new Float64Array(count * d)
  for (let i = 0; i < d; i++) {
    let mean = 0
    for (let n = 0; n < count; n++) mean += rows[n * d + i] / count
    const scale = scaleOf(i)
    for (let n = 0; n < count; n++) out[n * d + i] = (rows[n * d + i] - mean) * scale
  }
  return out
}

/** Orthonormal rows, no more than draws, that span the principal directions of both sets of rows, those with the largest variances first. */
function principalBasis(x: Float64Array, g: Float64Array, d: number): Float64Array {
  const count = x.length / d
  const [wide, narrow] = [x, g].map(rows => symmetricEigen(gramMatrix(rows, count, d), count))
  if (!wide || !narrow) return new Float64Array(0)
  const middle = count >> 1
  const usual = Math.sqrt(wide.values[middle] / narrow.values[middle])
  const directions = [
    { rows: x, eigen: wide, unit: usual },
    { rows: g, eigen: narrow, unit: 1 / usual },
  ].flatMap(({ rows, eigen, unit }) =>
    Array.from(eigen.values, (value, i) => ({ value: value / unit, rows, weights: eigen.vectors.subarray(i * count, (i + 1) * count) })),
  )
  directions.sort((a, b) => b.value - a.value)
  const most = Math.min(MOST_DIRECTIONS, count)
  const basis = new Float64Array(most * d)
  let found = 0
  for (const { value, rows, weights } of directions) {
    if (found === most || !(value > 0)) break
    combineRows(basis, found * d, weights, rows, d)
    if (orthonormalise(basis, found, d)) found++
    else basis.fill(0, found * d, (found + 1) * d)
  }
  return basis.slice(0, found * d)
}

/** Makes row `at` a unit vector orthogonal to the rows before it; false when nothing is left of it. Twice is enough (Kahan; Parlett 1980, section 6-9). */
function orthonormalise(basis: Float64Array, at: number, d: number): boolean {
  const row = at * d
  if (!normalise(basis, row, d, 0)) return false
  for (let pass = 0; pass < 2; pass++) {
    for (let k = 0; k < row; k += d) {
      let dot = 0
      for (let i = 0; i < d; i++) dot += basis[k + i] * basis[row + i]
      for (let i = 0; i < d; i++) basis[row + i] -= dot * basis[k + i]
    }
    if (!normalise(basis, row, d, NEW)) return false
  }
  return true
}

function normalise(basis: Float64Array, row: number, d: number, least: number): boolean {
  let squares = 0
  for (let i = 0; i < d; i++) squares += basis[row + i] * basis[row + i]
  const length = Math.sqrt(squares)
  if (!(length > least && length < Infinity)) return false
  for (let i = 0; i < d; i++) basis[row + i] /= length
  return true
}

/** The inner products of n rows. */
function gramMatrix(rows: Float64Array, n: number, d: number): Float64Array {
  const gram = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = 0
      for (let c = 0, a = i * d, b = j * d; c < d; c++, a++, b++) dot += rows[a] * rows[b]
      gram[i * n + j] = dot
      gram[j * n + i] = dot
    }
  }
  return gram
}

/** Adds the rows, weighted, to out from `at` on. */
function combineRows(out: Float64Array, at: number, weights: Float64Array, rows: Float64Array, d: number): void {
  for (let n = 0, row = 0; n < weights.length; n++, row += d) {
    const weight = weights[n]
    for (let i = 0; i < d; i++) out[at + i] += weight * rows[row + i]
  }
}

/** The coordinates of n rows in the basis, n x k. */
function project(rows: Float64Array, basis: Float64Array, d: number): Float64Array {
  const n = rows.length / d
  const k = basis.length / d
  const out = new Float64Array(n * k)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < k; j++) {
      let dot = 0
      for (let c = 0, a = i * d, b = j * d; c < d; c++, a++, b++) dot += rows[a] * basis[b]
      out[i * k + j] = dot
    }
  }
  return out
}

/** I + Y'Y / gamma of rows of k values. */
function momentMatrix(y: Float64Array, k: number): Float64Array {
  const out = new Float64Array(k * k)
  for (let row = 0; row < y.length; row += k) {
    for (let i = 0; i < k; i++) {
      const weight = y[row + i] / GAMMA
      for (let j = 0; j <= i; j++) out[i * k + j] += weight * y[row + j]
    }
  }
  for (let i = 0; i < k; i++) {
    out[i * k + i] += 1
    for (let j = 0; j < i; j++) out[j * k + i] = out[i * k + j]
  }
  return out
}

function squaresOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value * value
  return sum
}

/** The centre, on the log scale, of the interval of width `SPREAD` that holds most variances: those given and that of each of the `others`. */
function centreOfMost(values: Float64Array, others: number, otherVariance: number): number {
  const all = [...values, ...Array.from({ length: others }, () => otherVariance)].sort((a, b) => a - b)
  let most = 0
  let first = 0
  let last = 0
  for (let i = 0, j = 0; i < all.length; i++) {
    while (j + 1 < all.length && all[j + 1] <= SPREAD * all[i]) j++
    if (j - i + 1 <= most) continue
    most = j - i + 1
    first = all[i]
    last = all[j]
  }
  return Math.sqrt(first * last)
}
