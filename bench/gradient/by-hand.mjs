/**
 * The models as one writes them by hand for speed in scalar JavaScript: data laid out for the loop, gradients derived on paper, constants dropped.
 *
 * `bind[name](case)` returns `(gradient, position) => logDensity` on the unconstrained scale.
 */
import { triangularFactor } from './triangular.mjs'

const coefficients = 25
const designOf = columns => Array.from({ length: coefficients }, (_, j) => columns[`x${j + 1}`])
const indices = n => Array.from({ length: n }, (_, i) => i)

/** Log density of `log(scale)` at `value` for a half-Cauchy scale, Jacobian included. The derivative is `1 - 2 u / (1 + u)`. */
const halfCauchyOnLogScale = (value, u) => value - Math.log(1 + u)

function bindSchools({ columns: { effect, standard_error: error } }) {
  const precision = error.map(e => 1 / (e * e))
  return (gradient, position) => {
    const mu = position[0]
    const tau = Math.exp(position[1])
    const u = 0.04 * tau * tau
    let squares = 0.04 * mu * mu
    let slopeMu = 0
    let slopeTau = 0
    for (let i = 0; i < 8; i++) {
      const z = position[i + 2]
      const residual = effect[i] - mu - tau * z
      const slope = residual * precision[i]
      squares += z * z + residual * slope
      slopeMu += slope
      slopeTau += slope * z
      gradient[i + 2] = tau * slope - z
    }
    gradient[0] = slopeMu - 0.04 * mu
    gradient[1] = tau * slopeTau + 1 - (2 * u) / (1 + u)
    return halfCauchyOnLogScale(position[1], u) - 0.5 * squares
  }
}

/** Two rows side by side, column by column: `values[(i >> 1) * 2 * D + 2 * j + (i & 1)]`; an odd last row is followed by zeros. */
function packPairs(columns, rows, signs) {
  const width = columns.length
  const values = new Float64Array(2 * width * Math.ceil(rows / 2))
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < width; j++) values[(i >> 1) * 2 * width + 2 * j + (i & 1)] = signs ? signs[i] * columns[j][i] : columns[j][i]
  return values
}

/** `position[0] * x[o + first] + position[1] * x[o + first + 2] + ...`: loops over 25 columns cost more than the sums in them. */
const dot = first =>
  indices(coefficients)
    .map(j => `position[${j}] * x[o + ${2 * j + first}]`)
    .join(' + ')
const scatter = indices(coefficients)
  .map(j => `gradient[${j}] += r0 * x[o + ${2 * j}] + r1 * x[o + ${2 * j + 1}]`)
  .join('\n')

/** Powers of one half, for the exponent of `exp(-a)`. */
const halves = Float64Array.from({ length: 1080 }, (_, k) => 2 ** -k)

/**
 * Sigmoid of -e of one row: exp(-|e|) by the rational approximation of Cephes, its division shared with that of the sigmoid. The product of the
 * larger of sigmoid(e) and sigmoid(-e) over rows stands for the sum of log1p.
 */
const sigmoid = i => `
  const a${i} = Math.min(Math.abs(e${i}), 740)
  const k${i} = a${i} * 1.4426950408889634 + 6755399441055744 - 6755399441055744
  const f${i} = k${i} * 6.93145751953125e-1 - a${i} + k${i} * 1.42860682030941723212e-6
  const ff${i} = f${i} * f${i}
  const p${i} = f${i} * ((1.26177193074810590878e-4 * ff${i} + 3.0299440770744196130e-2) * ff${i} + 1)
  const q${i} = ((3.00198505138664455042e-6 * ff${i} + 2.52448340349684104192e-3) * ff${i} + 2.27265548208155028766e-1) * ff${i} + 2
  const n${i} = q${i} - p${i}
  const t${i} = halves[k${i} | 0] * (q${i} + p${i})
  const d${i} = 1 / (n${i} + t${i})
  const r${i} = (e${i} > 0 ? t${i} : n${i}) * d${i}
  sum += Math.min(e${i}, 0)
  product *= n${i} * d${i}`

function bindLogistic({ rows, columns }) {
  const signs = columns.y.map(y => 2 * y - 1)
  const x = packPairs(designOf(columns), rows, signs)
  return new Function(
    'x',
    'halves',
    `return (gradient, position) => {
      let sum = 0
      let product = 1
      let prior = 0
      for (let j = 0; j < ${coefficients}; j++) {
        prior += position[j] * position[j]
        gradient[j] = -0.16 * position[j]
      }
      for (let o = 0; o < ${x.length}; o += ${2 * coefficients}) {
        const e0 = ${dot(0)}
        const e1 = ${dot(1)}
        ${sigmoid(0)}
        ${sigmoid(1)}
        ${scatter}
        if (product < 1e-280) {
          sum += Math.log(product)
          product = 1
        }
      }
      return sum + Math.log(product) - 0.08 * prior
    }`,
  )(x, halves)
}

/** The precision matrix is tridiagonal: gradient = -P x, log density = x . gradient / 2. Two sums, because one waits for its own additions. */
function bindSeries({ rows }) {
  const rho = 0.9
  const diagonal = 1 + rho * rho
  const last = rows - 1
  return (gradient, x) => {
    let here = x[0]
    let after = x[1]
    let d = rho * after - here
    gradient[0] = d
    let even = here * d
    let odd = 0
    let t = 1
    for (; t < last - 1; t += 2) {
      const first = x[t + 1]
      const second = x[t + 2]
      const d1 = rho * (here + first) - diagonal * after
      const d2 = rho * (after + second) - diagonal * first
      gradient[t] = d1
      gradient[t + 1] = d2
      odd += after * d1
      even += first * d2
      here = first
      after = second
    }
    if (t < last) {
      const end = x[last]
      d = rho * (here + end) - diagonal * after
      gradient[t] = d
      odd += after * d
      here = after
      after = end
    }
    d = rho * here - after
    gradient[last] = d
    return 0.5 * (even + odd + after * d)
  }
}

/** Every element of the symmetric matrix is read once and used twice; rows go in fours, so that sums stay in registers. */
function bindDense({ rows, columns }) {
  const element = (i, j) => columns[`p${j + 1}`][i]
  const packed = Float64Array.from(
    indices(rows / 4).flatMap(b => [
      ...indices(4 * b).flatMap(j => indices(4).map(i => -element(4 * b + i, j))),
      ...indices(4).flatMap(j => indices(4).map(i => -element(4 * b + i, 4 * b + j))),
    ]),
  )
  return (gradient, x) => {
    let sum = 0
    let o = 0
    for (let i = 0; i < rows; i += 4) {
      const x0 = x[i]
      const x1 = x[i + 1]
      const x2 = x[i + 2]
      const x3 = x[i + 3]
      let g0 = 0
      let g1 = 0
      let g2 = 0
      let g3 = 0
      for (let j = 0; j < i; j++) {
        const xj = x[j]
        const p0 = packed[o]
        const p1 = packed[o + 1]
        const p2 = packed[o + 2]
        const p3 = packed[o + 3]
        g0 += p0 * xj
        g1 += p1 * xj
        g2 += p2 * xj
        g3 += p3 * xj
        gradient[j] += p0 * x0 + p1 * x1 + (p2 * x2 + p3 * x3)
        o += 4
      }
      sum += 2 * (g0 * x0 + g1 * x1 + (g2 * x2 + g3 * x3))
      const d0 = packed[o] * x0 + packed[o + 4] * x1 + (packed[o + 8] * x2 + packed[o + 12] * x3)
      const d1 = packed[o + 1] * x0 + packed[o + 5] * x1 + (packed[o + 9] * x2 + packed[o + 13] * x3)
      const d2 = packed[o + 2] * x0 + packed[o + 6] * x1 + (packed[o + 10] * x2 + packed[o + 14] * x3)
      const d3 = packed[o + 3] * x0 + packed[o + 7] * x1 + (packed[o + 11] * x2 + packed[o + 15] * x3)
      o += 16
      sum += d0 * x0 + d1 * x1 + (d2 * x2 + d3 * x3)
      gradient[i] = g0 + d0
      gradient[i + 1] = g1 + d1
      gradient[i + 2] = g2 + d2
      gradient[i + 3] = g3 + d3
    }
    return 0.5 * sum
  }
}

/** Rows come county by county, so that a county's sums stay in registers. */
function bindRadon({ rows, columns: { county, floor, uranium, log_radon: y } }) {
  const counties = 85
  const ends = new Int32Array(counties)
  county.forEach((j, i) => (ends[j] = i + 1))
  return (gradient, position) => {
    const muA = position[0]
    const muB = position[1]
    const gammaU = position[2]
    const gammaFU = position[3]
    const tauA = Math.exp(position[4])
    const tauB = Math.exp(position[5])
    const sigma = Math.exp(position[6])
    const precision = 1 / (sigma * sigma)
    const weightA = precision * tauA
    const weightB = precision * tauB
    let squares = 0
    let prior = 0
    let sumA = 0
    let sumB = 0
    let sumU = 0
    let sumFU = 0
    let sumTauA = 0
    let sumTauB = 0
    let i = 0
    for (let j = 0; j < counties; j++) {
      const zA = position[j + 7]
      const zB = position[j + 92]
      const a = muA + tauA * zA
      const b = muB + tauB * zB
      const end = ends[j]
      let countyA = 0
      let countyB = 0
      for (; i < end; i++) {
        const x = floor[i]
        const u = uranium[i]
        const residual = y[i] - a - b * x - u * (gammaU + gammaFU * x)
        const ru = residual * u
        squares += residual * residual
        countyA += residual
        countyB += residual * x
        sumU += ru
        sumFU += ru * x
      }
      prior += zA * zA + zB * zB
      sumA += countyA
      sumB += countyB
      sumTauA += countyA * zA
      sumTauB += countyB * zB
      gradient[j + 7] = weightA * countyA - zA
      gradient[j + 92] = weightB * countyB - zB
    }
    gradient[0] = precision * sumA - 0.04 * muA
    gradient[1] = precision * sumB - 0.04 * muB
    gradient[2] = precision * sumU - 0.04 * gammaU
    gradient[3] = precision * sumFU - 0.04 * gammaFU
    gradient[4] = weightA * sumTauA + 1 - tauA * tauA
    gradient[5] = weightB * sumTauB + 1 - tauB * tauB
    const u = 0.16 * sigma * sigma
    gradient[6] = precision * squares - rows + 1 - (2 * u) / (1 + u)
    prior += 0.04 * (muA * muA + muB * muB + gammaU * gammaU + gammaFU * gammaFU) + tauA * tauA + tauB * tauB + precision * squares
    return halfCauchyOnLogScale(position[6], u) + position[4] + position[5] - rows * position[6] - 0.5 * prior
  }
}

const five = indices(5)

/** R of 25 x 25 as its fifteen tiles of 5 x 5 on and above the diagonal, row by row, each row-major, then the 25 elements of Q'y. */
function packTiles(full) {
  const width = coefficients + 1
  const above = five.flatMap(i => five.slice(i).map(j => [i, j]))
  const tile = ([i, j]) => five.flatMap(k => five.map(l => full[(5 * i + k) * width + 5 * j + l]))
  return Float64Array.from([...above.flatMap(tile), ...indices(coefficients).map(i => full[i * width + coefficients])])
}

/** Normal likelihood from R of [X y]: one triangular product and its transpose, whatever the number of rows. Tiles keep loops short and even. */
function bindRegression({ rows, columns }) {
  const full = triangularFactor([...designOf(columns), columns.y], rows)
  const factor = packTiles(full)
  const rest = full[full.length - 1] ** 2
  return new Function(
    'factor',
    `return (gradient, position) => {
      const sigma = Math.exp(position[${coefficients}])
      const precision = 1 / (sigma * sigma)
      let prior = 0
      for (let j = 0; j < ${coefficients}; j++) {
        prior += position[j] * position[j]
        gradient[j] = -0.16 * position[j]
      }
      let squares = ${rest}
      let o = 0
      for (let i = 0; i < ${coefficients}; i += 5) {
        ${five.map(k => `let e${k} = factor[i + ${15 * coefficients + k}]`).join('\n')}
        const start = o
        for (let j = i; j < ${coefficients}; j += 5, o += 25) {
          ${five.map(l => `const b${l} = position[j + ${l}]`).join('\n')}
          ${five.map(k => `e${k} -= ${five.map(l => `factor[o + ${5 * k + l}] * b${l}`).join(' + ')}`).join('\n')}
        }
        squares += ${five.map(k => `e${k} * e${k}`).join(' + ')}
        ${five.map(k => `const w${k} = precision * e${k}`).join('\n')}
        o = start
        for (let j = i; j < ${coefficients}; j += 5, o += 25) {
          ${five.map(l => `gradient[j + ${l}] += ${five.map(k => `factor[o + ${5 * k + l}] * w${k}`).join(' + ')}`).join('\n')}
        }
      }
      const u = 0.16 * sigma * sigma
      gradient[${coefficients}] = precision * squares - ${rows} + 1 - (2 * u) / (1 + u)
      return position[${coefficients}] - Math.log(1 + u) - ${rows} * position[${coefficients}] - 0.5 * precision * squares - 0.08 * prior
    }`,
  )(factor)
}

/** The same density by a pass over all rows. */
function bindRegressionRows({ rows, columns }) {
  const x = packPairs(designOf(columns), rows)
  const y = new Float64Array(rows + (rows & 1))
  y.set(columns.y)
  return new Function(
    'x',
    'y',
    `return (gradient, position) => {
      const sigma = Math.exp(position[${coefficients}])
      const precision = 1 / (sigma * sigma)
      let squares = 0
      let prior = 0
      for (let j = 0; j < ${coefficients}; j++) {
        prior += position[j] * position[j]
        gradient[j] = -0.16 * sigma * sigma * position[j]
      }
      for (let o = 0, i = 0; o < ${x.length}; o += ${2 * coefficients}, i += 2) {
        const r0 = y[i] - (${dot(0)})
        const r1 = y[i + 1] - (${dot(1)})
        squares += r0 * r0 + r1 * r1
        ${scatter}
      }
      for (let j = 0; j < ${coefficients}; j++) gradient[j] *= precision
      const u = 0.16 * sigma * sigma
      gradient[${coefficients}] = precision * squares - ${rows} + 1 - (2 * u) / (1 + u)
      return position[${coefficients}] - Math.log(1 + u) - ${rows} * position[${coefficients}] - 0.5 * precision * squares - 0.08 * prior
    }`,
  )(x, y)
}

/** The hand-written density of each case. */
export const bind = {
  M1: bindSchools,
  M2: bindLogistic,
  M3: bindLogistic,
  M4: bindSeries,
  M4dense: bindDense,
  M5: bindRadon,
  M6: bindRegression,
  M6n1000: bindRegression,
  M6rows: bindRegressionRows,
}
