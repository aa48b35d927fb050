/**
 * Time of one log density with gradient of examples/flights: the compiled model against the same sums written row by row.
 * Both sides run in turn on the same data; what counts is the ratio. Usage: node bench/flights-gradient.mjs [rows] [rounds]
 */
import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const flights = new URL('../examples/flights/', import.meta.url)
const require = createRequire(new URL('package.json', flights))
const { createJiti } = require('jiti')
const jiti = createJiti(fileURLToPath(flights), { fsCache: false, moduleCache: false })
const model = await jiti.import(fileURLToPath(new URL('model.ts', flights)), { default: true })

const rows = Number(process.argv[2] ?? 25_000)
const rounds = Number(process.argv[3] ?? 21)
const dimension = 9

/** Flights that were never flown: the cost of a gradient does not depend on which flights they are. */
function inventedFlights() {
  let state = 20010101
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296
  const columns = {
    delay: Float64Array.from({ length: rows }, () => (next() < 0.2 ? 30 : 0)),
    distance: Float64Array.from({ length: rows }, () => 50 + Math.floor(2500 * next())),
    date: Float64Array.from({ length: rows }, () => 978307200000 + 60000 * Math.floor(260000 * next())),
  }
  return { rows, column: name => columns[name] }
}

/** What one writes first: one loop over the rows, inner loops over the coefficients, Math.log1p for each row. */
function rowByRow(data) {
  const date = data.column('date')
  const distance = data.column('distance')
  const delay = data.column('delay')
  const design = Array.from({ length: rows }, (_, i) => {
    const at = new Date(date[i])
    const angle = (2 * Math.PI * (at.getUTCHours() + at.getUTCMinutes() / 60)) / 24
    const weekday = at.getUTCDay()
    return [
      1,
      Math.log(distance[i] / 1000),
      Math.sin(angle),
      Math.cos(angle),
      Math.sin(2 * angle),
      Math.cos(2 * angle),
      weekday === 4 ? 1 : 0,
      weekday === 5 ? 1 : 0,
      weekday === 0 || weekday === 6 ? 1 : 0,
    ]
  })
  return (gradient, position) => {
    let logDensity = -dimension * Math.log(2.5 * Math.sqrt(2 * Math.PI))
    for (let j = 0; j < dimension; j++) {
      logDensity -= (position[j] * position[j]) / 12.5
      gradient[j] = -position[j] / 6.25
    }
    for (let i = 0; i < rows; i++) {
      const x = design[i]
      const late = delay[i] > 15 ? 1 : 0
      let eta = 0
      for (let j = 0; j < dimension; j++) eta += x[j] * position[j]
      logDensity += late * eta - Math.max(eta, 0) - Math.log1p(Math.exp(-Math.abs(eta)))
      const residual = late - 1 / (1 + Math.exp(-eta))
      for (let j = 0; j < dimension; j++) gradient[j] += x[j] * residual
    }
    return logDensity
  }
}

const data = inventedFlights()
const bound = model.bind(data, model.summarize(data))
const powers = { prior: 1, likelihood: 1, jacobian: 1 }
const sides = {
  compiled: (gradient, position) => bound.logDensityInto(gradient, position, powers),
  naive: rowByRow(data),
}

const repetitions = Math.max(1, Math.round(500_000 / rows))
const position = Float64Array.from({ length: dimension }, (_, j) => 0.1 * Math.sin(j + 1) - (j === 0 ? 1.4 : 0))

/** Milliseconds per evaluation. */
function timed(side) {
  const gradient = new Float64Array(dimension)
  const start = performance.now()
  for (let k = 0; k < repetitions; k++) {
    position[0] += 1e-9
    sides[side](gradient, position)
  }
  return (performance.now() - start) / repetitions
}

const gradients = Object.values(sides).map(side => {
  const gradient = new Float64Array(dimension)
  return [side(gradient, position), ...gradient]
})
const largest = Math.max(...gradients[1].map((value, k) => Math.abs(gradients[0][k] - value)))
if (!(largest < 1e-9 * rows)) throw new Error(`the two sides disagree by ${largest}: there is nothing to compare`)

const times = { compiled: [], naive: [] }
const ratios = []
timed('compiled')
timed('naive')
for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? ['compiled', 'naive'] : ['naive', 'compiled']
  const now = Object.fromEntries(order.map(side => [side, timed(side)]))
  for (const side of order) times[side].push(now[side])
  ratios.push(now.naive / now.compiled)
}

/** Median and quartiles. */
function spread(values, digits) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = p => sorted[Math.round(p * (sorted.length - 1))].toFixed(digits)
  return `${at(0.5)} (quartiles ${at(0.25)} to ${at(0.75)})`
}

console.log(`flights gradient, ${rows} rows x ${dimension}, ${rounds} rounds in turn, Node ${process.version} on ${process.arch}`)
console.log(`compiled  ${spread(times.compiled, 3)} ms`)
console.log(`naive     ${spread(times.naive, 3)} ms`)
console.log(`ratio     ${spread(ratios, 2)} naive / compiled`)
