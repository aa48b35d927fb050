/**
 * Every combiner on every problem: how far off it is, what it says of that, how long it takes.
 *
 * Usage: node bench/combiners/run.mjs [--seeds 3] [--size 10000] [--quick] [--problems C1,C6,part] [--combiners auto,part] [--json file] [--write] [--note text]
 * `--quick`: few problems and draws, some seconds. `--write`: the tables of docs/combiners.md. `--note` goes onto the page: what a reader should know of the machine's state.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { formatTable } from '../gradient/report.mjs'
import { describeMachine } from '../sampler/machine.mjs'
import { combineOnce } from './combine.mjs'
import { overviewOf, refusalsOf, tableOf } from './columns.mjs'
import { entries } from './entries.mjs'
import { inflatedShards } from './inflate.mjs'
import { partTable, publishedTable } from './part/columns.mjs'
import { fullSize, makePart, quickSize } from './part/part.mjs'
import { problems, quickProblems } from './problems.mjs'
import { writePage } from './write-page.mjs'

const INFLATED_DRAWS = 4000

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string' },
    size: { type: 'string' },
    problems: { type: 'string' },
    combiners: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    note: { type: 'string' },
  },
})
const { quick } = options
const seeds = Number(options.seeds ?? (quick ? 1 : 3))
const size = Number(options.size ?? (quick ? 1000 : 10_000))
const names = options.problems?.split(',') ?? (quick ? [...quickProblems, 'part'] : [...Object.keys(problems), 'part'])
const wanted = options.combiners?.split(',')
const unknown = [
  ...names.filter(name => name !== 'part' && !problems[name]),
  ...(wanted ?? []).filter(name => !entries.some(({ combiner }) => combiner.name === name)),
]
if (unknown.length > 0) {
  const combiners = [...new Set(entries.map(({ combiner }) => combiner.name))]
  throw new Error(`unknown: ${unknown.join()}. Problems: ${[...Object.keys(problems), 'part'].join()}; combiners: ${combiners.join()}`)
}
const chosen = entries.filter(({ combiner, slow }) => (!wanted || wanted.includes(combiner.name)) && !(quick && slow))

const began = performance.now()
const machine = { ...describeMachine(), pinning: undefined }
console.log(`${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}; load ${machine.loadBefore.toFixed(1)}`)
if (machine.loadBefore > 0.5) console.log('other programs are running: seconds will not be worth much')

/** Rows of a table: what every combiner made of each seed. */
async function measure({ title, make, draws, modes, inflate = true, mostSeeds = seeds }) {
  const rows = chosen.map(entry => ({ entry, title: entry.title, runs: [] }))
  let dimension
  const asksForInflated = inflate && chosen.some(({ shards }) => shards === 'inflated')
  for (let seed = 1; seed <= Math.min(seeds, mostSeeds); seed++) {
    const made = make(seed, quick)
    dimension = made.dimension
    const inflated = asksForInflated
      ? await inflatedShards(made, { draws: Math.min(draws, quick ? 400 : INFLATED_DRAWS), seed })
      : undefined
    for (const { entry, runs } of rows) {
      const shards = entry.shards === 'inflated' ? inflated : made.shards
      if (shards) runs.push(await combineOnce(entry, { shards, evaluator: made.evaluator, posterior: { ...made, modes } }, { seed, size }))
    }
  }
  return { title, dimension, rows: rows.map(({ title: name, runs }) => ({ title: name, runs })) }
}

async function measurePart() {
  const own = quick ? quickSize : fullSize
  const made = await makePart(own, {
    progress: text => console.log(`  ${text}`),
    inflated: chosen.some(({ shards }) => shards === 'inflated'),
  })
  const rows = []
  for (const entry of chosen) {
    const run = await combineOnce(entry, { ...made, shards: made[entry.shards] }, { seed: 1, size })
    rows.push({ title: entry.title, run })
  }
  return { problem: { ...own, leastEss: made.leastEss }, rows }
}

const results = {}
let part
for (const name of names) {
  console.log(`\n${name}: ${name === 'part' ? 'the published logistic regression' : problems[name].title}\n`)
  if (name === 'part') {
    part = await measurePart()
    console.log(`\n${formatTable(partTable(part))}\n\n${formatTable(publishedTable())}`)
  } else {
    results[name] = await measure(problems[name])
    console.log(formatTable(tableOf(results[name])))
    for (const [reason, titles] of refusalsOf(results[name])) console.log(`  ${reason}: ${titles.join(', ')}`)
  }
}

console.log(`\nerror of the mean, posterior sd\n\n${formatTable(overviewOf(results))}`)
const minutes = (performance.now() - began) / 60_000
console.log(`\n${minutes.toFixed(1)} minutes`)

const report = { date: new Date().toISOString(), machine, note: options.note, quick, seeds, size, minutes, results, part }
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, undefined, 1)}\n`)
if (options.write) await writePage(report)
