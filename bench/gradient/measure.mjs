/**
 * Times the sides of one case in turn, in a process that runs no other case, as a chain does: V8's knowledge of one model spoils that of another.
 *
 * Usage: node bench/gradient/measure.mjs CASE ROUNDS SIDES [KERNELS], KERNELS the folder of the compiled C kernels. Writes one line of JSON:
 * microseconds per evaluation, one number a round, by side. Before anything is timed, all sides must agree with plain.mjs.
 */
import { bind } from './by-hand.mjs'
import { startKernel } from './c-side.mjs'
import { createCase, positionCount } from './data.mjs'
import { evaluate } from './plain.mjs'

const [name, rounds, sideList, kernels] = process.argv.slice(2)
const wantedSides = sideList.split(',')

/** Microseconds of a batch of evaluations: long against the clock's resolution, short against what else goes on in the machine. */
const batch = 20_000
/** Microseconds of running before the first batch counts: the optimising compiler needs some time. */
const warmUp = 300_000
/** Of the sum of absolute terms. */
const tolerance = 1e-9

/** A loop with its own type feedback for each side, so that the call in it is as cheap as in a sampler that knows one model. */
const createLoop = label =>
  new Function(
    'evaluate',
    'gradient',
    'positions',
    'count',
    `// ${label}
    let sum = 0
    for (let k = 0; k < count; k++) sum += evaluate(gradient, positions[k & ${positionCount - 1}])
    return sum`,
  )

/** A side that runs in this process. */
function createLocalSide(label, example, { evaluate: density, allocate, toSide, fromSide }) {
  const loop = createLoop(label)
  const gradient = allocate(example.dimension)
  const positions = example.positions.map(toSide)
  return {
    async check(p) {
      const logDensity = density(gradient, positions[p])
      return { logDensity, gradient: fromSide(gradient) }
    },
    async time(count) {
      const start = performance.now()
      const sum = loop(density, gradient, positions, count)
      const spent = performance.now() - start
      if (!Number.isFinite(sum)) throw new Error(`${label}: the log density is not finite`)
      return (1000 * spent) / count
    },
    async stop() {},
  }
}

const byHand = density => ({
  evaluate: density,
  allocate: length => new Float64Array(length),
  toSide: position => position,
  fromSide: gradient => gradient.slice(),
})

/** Throws unless the side's gradients, and the change of its log density between two positions, are those of plain.mjs. */
async function checkSide(label, side, expected) {
  const answers = []
  for (const [p, { gradient, absolute }] of expected.entries()) {
    const answer = await side.check(p)
    answers.push(answer)
    for (const [j, value] of gradient.entries())
      if (!(Math.abs(answer.gradient[j] - value) <= tolerance * absolute[j]))
        throw new Error(`${label}: derivative ${j} is ${answer.gradient[j]} instead of ${value}: there is nothing to compare`)
  }
  const change = answers[1].logDensity - answers[0].logDensity
  const right = expected[1].logDensity - expected[0].logDensity
  if (!(Math.abs(change - right) <= tolerance * expected[0].absoluteLogDensity))
    throw new Error(`${label}: the log density changes by ${change} instead of ${right}: there is nothing to compare`)
}

/** Runs a side until it is warm; says how many evaluations make a batch. */
async function warm(side) {
  let count = 1
  let perEvaluation = await side.time(count)
  for (let spent = perEvaluation; spent < warmUp; spent += count * perEvaluation) {
    count = Math.max(1, Math.round(batch / perEvaluation))
    perEvaluation = await side.time(count)
  }
  return Math.max(1, Math.round(batch / perEvaluation))
}

const example = createCase(name)
const sides = {}
if (wantedSides.includes('compiled')) {
  const { bindCompiled } = await import('./compiled-side.mjs')
  sides.compiled = createLocalSide(`${name} compiled`, example, bindCompiled(example))
}
if (wantedSides.includes('hand')) sides.hand = createLocalSide(`${name} hand`, example, byHand(bind[name](example)))
if (wantedSides.includes('c')) sides.c = startKernel(kernels, example)
const order = Object.keys(sides)
const expected = example.positions.slice(0, 2).map(position => evaluate(example, position))
for (const side of order) await checkSide(`${name} ${side}`, sides[side], expected)

const counts = {}
for (const side of order) counts[side] = await warm(sides[side])
const times = Object.fromEntries(order.map(side => [side, []]))
for (let round = 0; round < Number(rounds); round++) {
  for (const side of order) times[side].push(await sides[side].time(counts[side]))
  order.reverse()
}
for (const side of order) await sides[side].stop()
console.log(JSON.stringify(times))
