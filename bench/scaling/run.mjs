/**
 * What more cores bring: backends side by side in one run, in turn, medians with quartiles.
 *
 * Usage: node bench/scaling/run.mjs [--parts flights,chain,tasks,memory,estimates] [--rounds 5] [--quick] [--json file]
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { formatRatio, formatSpread, formatTable, ratio, spread } from '../gradient/report.mjs'
import { describeMachine } from '../sampler/machine.mjs'
import { measureFlights } from './flights.mjs'
import { measureEstimates, measureWorkersMemory } from './memory.mjs'
import { measureOneChain } from './one-chain.mjs'
import { measureTinyTasks } from './tiny-tasks.mjs'

const { values: options } = parseArgs({
  options: {
    parts: { type: 'string', default: 'chain,flights,tasks,memory,estimates' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const rounds = Number(options.rounds ?? (options.quick ? 2 : 5))

/** `limit`: what a machine with two idle cores should reach. */
const marks = []
const mark = (title, value, limit, isMet) => marks.push({ title, value, limit, isMet })

const faster = (title, slow, fast, least) => {
  const found = ratio(slow, fast)
  mark(title, formatRatio(found), `at least ${least}`, found.ofMedians >= least)
}

const parts = {
  async chain() {
    const { sides, sameDraws } = await measureOneChain({ rounds, ...(options.quick && { warmup: 40, draws: 40 }) })
    console.log('\nOne chain of a logistic regression, 100,000 rows x 25 columns\n')
    console.log(
      formatTable([
        ['', 'us per gradient', 'seconds'],
        ...sides.map(({ title, perGradient, seconds }) => [title, formatSpread(perGradient), formatSpread(seconds)]),
      ]),
    )
    console.log(`draws ${sameDraws ? 'equal' : 'DIFFER'}`)
    faster('one chain: pjit on 2 threads / 1', sides[0].perGradient, sides[1].perGradient, 1.7)
    return { sides, sameDraws }
  },
  async flights() {
    const { sides, sameDraws } = await measureFlights({ rounds, ...(options.quick && { warmup: 20, draws: 20 }) })
    console.log('\nFlights, 3,000,000 rows in 16 shards\n')
    console.log(formatTable([['', 'seconds'], ...sides.map(({ title, seconds }) => [title, formatSpread(seconds)])]))
    console.log(`draws ${sameDraws ? 'equal' : 'DIFFER'}`)
    faster('flights: workers / cpu', sides[0].seconds, sides[1].seconds, 1.8)
    return { sides, sameDraws }
  },
  async tasks() {
    const shards = options.quick ? 300 : 1000
    const { sides } = await measureTinyTasks({ rounds, shards })
    console.log(`\n${shards} shards of 5 rows: milliseconds per task\n`)
    console.log(
      formatTable([
        ['', 'own work', 'overhead'],
        ...sides.map(({ title, own, overhead }) => [title, formatSpread(own), formatSpread(overhead)]),
      ]),
    )
    for (const { title, overhead } of sides)
      mark(`tiny tasks: overhead, ${title}`, `${formatSpread(overhead)} ms`, 'under 2 ms', spread(overhead).median < 2)
    return { sides }
  },
  async memory() {
    const found = await measureWorkersMemory(options.quick ? { bytes: 4e8 } : {})
    const gigabytes = bytes => (bytes / 1e9).toFixed(2)
    console.log(
      `\nWorkers, 8 threads over ${gigabytes(found.data)} GB of data: peak ${gigabytes(found.peak)} GB (idle Node ${gigabytes(found.idle)})`,
    )
    mark('8 workers: peak memory / data', (found.peak / found.data).toFixed(2), 'under 1.3', found.peak < 1.3 * found.data)
    return found
  },
  async estimates() {
    const sides = [{ name: 'cpu' }, { name: 'workers' }, { name: 'pjit', options: { devices: 2 } }]
    const found = await measureEstimates({ sides, ...(options.quick && { sizes: [2e8] }) })
    console.log('\nMemory above an idle Node: peak and estimate, 2 chains, in MB\n')
    const mb = bytes => (bytes / 1e6).toFixed(0)
    const row = ({ model, bytes, name, peak, estimate }) => [
      `${model}, ${mb(bytes)} MB, ${name}`,
      mb(peak),
      mb(estimate),
      (estimate / peak).toFixed(2),
    ]
    console.log(formatTable([['', 'peak', 'estimate', 'ratio'], ...found.map(row)]))
    const ratios = found.map(({ peak, estimate }) => estimate / peak)
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)]
    mark('estimate / peak memory', `${least.toFixed(2)} to ${most.toFixed(2)}`, '1 to 2', least >= 1 && most <= 2)
    return found
  },
}

const wanted = options.parts.split(',')
const unknown = wanted.filter(name => !parts[name])
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join()}. Parts: ${Object.keys(parts).join()}`)

const machine = describeMachine()
console.log(`${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}; load ${machine.loadBefore.toFixed(1)}`)
if (machine.loadBefore > 0.5) console.log('other programs are running: figures of seconds will not be worth much')
const results = {}
for (const name of wanted) results[name] = await parts[name]()

console.log('\nmarks')
for (const { title, value, limit, isMet } of marks) console.log(`  ${isMet ? 'met     ' : 'not met '} ${title}: ${value} (${limit})`)
if (options.json) writeFileSync(options.json, JSON.stringify({ date: new Date().toISOString(), machine, rounds, results, marks }, null, 2))
