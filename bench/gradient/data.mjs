/**
 * The data of every benchmark model, made by a seeded generator, and positions to evaluate at.
 *
 * A case is `{ model, rows, columns, dimension, positions }`: `columns` are named Float64Arrays of length `rows` (codes from 0 for `county`),
 * `positions` lie on the unconstrained scale near the values that made the data. `layouts` names the coordinates.
 */

const coefficients = 25

/** Coordinates of the unconstrained vector in order: `[name, size, transform]`. */
export const layouts = {
  M1: [
    ['mu', 1, 'real'],
    ['tau', 1, 'log'],
    ['z', 8, 'real'],
  ],
  M2: [['beta', 25, 'real']],
  M3: [['beta', 25, 'real']],
  M4: [['x', 200, 'real']],
  M4dense: [['x', 200, 'real']],
  M5: [
    ['mu_a', 1, 'real'],
    ['mu_b', 1, 'real'],
    ['gamma_u', 1, 'real'],
    ['gamma_fu', 1, 'real'],
    ['tau_a', 1, 'log'],
    ['tau_b', 1, 'log'],
    ['sigma', 1, 'log'],
    ['z_a', 85, 'real'],
    ['z_b', 85, 'real'],
  ],
  M6: [
    ['beta', 25, 'real'],
    ['sigma', 1, 'log'],
  ],
}

/** What is measured: `M6n1000` is M6 with fewer rows, `M6rows` is M6 by a pass over all rows instead of sufficient statistics. */
export const cases = {
  M1: { model: 'M1', title: 'eight schools, non-centred', rows: 8 },
  M2: { model: 'M2', title: 'logistic regression', rows: 1000 },
  M3: { model: 'M3', title: 'logistic regression', rows: 100_000 },
  M4: { model: 'M4', title: 'AR(1) Gaussian, O(D) form', rows: 200 },
  M4dense: { model: 'M4dense', title: 'the same, dense precision matrix', rows: 200 },
  M5: { model: 'M5', title: 'radon-like, intercepts and slopes', rows: 919 },
  M6: { model: 'M6', title: 'linear regression', rows: 100_000 },
  M6n1000: { model: 'M6', title: 'linear regression', rows: 1000 },
  M6rows: { model: 'M6', title: 'linear regression, pass over rows', rows: 100_000 },
}

/** Uniform numbers in (0, 1) and standard normal ones from a 32-bit seed (mulberry32, Box-Muller). */
function createNumbers(seed) {
  let state = seed >>> 0
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296
  }
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  return { uniform, normal, normals: n => Float64Array.from({ length: n }, normal) }
}

/** Columns x1 ... x25 and the linear predictor with the given coefficients. */
function design(numbers, rows, beta) {
  const columns = {}
  const predictor = new Float64Array(rows)
  for (let j = 0; j < coefficients; j++) {
    const x = numbers.normals(rows)
    columns[`x${j + 1}`] = x
    for (let i = 0; i < rows; i++) predictor[i] += x[i] * beta[j]
  }
  return { columns, predictor }
}

/** Precision matrix of a stationary AR(1) series with unit innovations, row-major. */
export function autoregressivePrecision(size, rho) {
  const precision = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    precision[i * size + i] = i === 0 || i === size - 1 ? 1 : 1 + rho * rho
    if (i > 0) precision[i * size + i - 1] = precision[(i - 1) * size + i] = -rho
  }
  return precision
}

/** Each maker returns the columns and the unconstrained position that made them. */
const makers = {
  M1: () => ({
    columns: {
      effect: Float64Array.of(28, 8, -3, 7, -1, 1, 18, 12),
      standard_error: Float64Array.of(15, 10, 16, 11, 9, 11, 10, 18),
    },
    centre: Float64Array.of(4.4, Math.log(3.6), 0.4, 0.1, -0.1, 0.05, -0.2, -0.1, 0.4, 0.1),
  }),

  logistic(numbers, rows) {
    const beta = numbers.normals(coefficients).map(b => 0.3 * b)
    const { columns, predictor } = design(numbers, rows, beta)
    columns.y = predictor.map(eta => (numbers.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0))
    return { columns, centre: beta }
  },

  M4(numbers, rows) {
    const x = numbers.normals(rows)
    x[0] /= Math.sqrt(1 - 0.81)
    for (let t = 1; t < rows; t++) x[t] += 0.9 * x[t - 1]
    return { columns: {}, centre: x }
  },

  M4dense(numbers, rows) {
    const precision = autoregressivePrecision(rows, 0.9)
    const columns = {}
    for (let j = 0; j < rows; j++) columns[`p${j + 1}`] = precision.slice(j * rows, (j + 1) * rows)
    return { columns, centre: makers.M4(numbers, rows).centre }
  },

  /** Counties as uneven as those of the radon survey: many with a few houses, a few with about a hundred. Houses come county by county. */
  M5(numbers, rows) {
    const counties = 85
    const centre = Float64Array.of(1.4, -0.7, 0.7, -0.2, Math.log(0.25), Math.log(0.3), Math.log(0.7), ...numbers.normals(2 * counties))
    const weights = Float64Array.from({ length: counties }, () => Math.exp(1.1 * numbers.normal()))
    const total = weights.reduce((a, b) => a + b, 0)
    const houses = weights.map(weight => 1 + Math.floor(((rows - counties) * weight) / total))
    for (let left = rows - houses.reduce((a, b) => a + b, 0), j = 0; left > 0; left--, j++) houses[j % counties]++
    const county = Float64Array.from([...houses].flatMap((n, j) => Array.from({ length: n }, () => j)))
    const floor = Float64Array.from({ length: rows }, () => (numbers.uniform() < 0.17 ? 1 : 0))
    const uranium = numbers.normals(rows).map(u => 0.4 * u)
    const log_radon = county.map((j, i) => {
      const a = centre[0] + Math.exp(centre[4]) * centre[7 + j]
      const b = centre[1] + Math.exp(centre[5]) * centre[7 + counties + j]
      const mean = a + centre[2] * uranium[i] + (b + centre[3] * uranium[i]) * floor[i]
      return mean + Math.exp(centre[6]) * numbers.normal()
    })
    return { columns: { county, floor, uranium, log_radon }, centre }
  },

  M6(numbers, rows) {
    const beta = numbers.normals(coefficients)
    const { columns, predictor } = design(numbers, rows, beta)
    columns.y = predictor.map(eta => eta + 0.8 * numbers.normal())
    return { columns, centre: Float64Array.of(...beta, Math.log(0.8)) }
  },
}
makers.M2 = makers.M3 = makers.logistic

/** Number of positions of a case: a power of two, so that the timing loops can take them in turn with a mask. */
export const positionCount = 8

/** Makes the data of one case. The same name gives the same bits in every run. */
export function createCase(name) {
  const { model, rows } = cases[name]
  const numbers = createNumbers(20_240_000 + Object.keys(layouts).indexOf(model))
  const { columns, centre } = makers[model](numbers, rows)
  const positions = Array.from({ length: positionCount }, () => centre.map(value => value + 0.05 * numbers.normal()))
  return { name, model, rows, columns, dimension: centre.length, positions }
}

/** The columns in the form that `Model.bind` takes. */
export const shardData = ({ rows, columns }) => ({
  rows,
  column(name) {
    if (!columns[name]) throw new Error(`no column ${name}: there are ${Object.keys(columns).join(', ')}`)
    return columns[name]
  },
})
