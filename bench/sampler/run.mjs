/**
 * NUTS of Chorale beside Stan, NumPyro, nutpie and BlackJAX: 4 chains of 1000 draws one after another in one process on one core.
 *
 * Usage: node bench/sampler/run.mjs [--seeds 11] [--quick] [--models M1,M5] [--sides chorale,stan] [--budget 15] [--all] [--json file] [--note text]
 * `--note` goes onto the page: what a reader should know of the machine's state. Sides take turns seed by seed. A side that spent its budget on a posterior (in seconds, three times that for those that the marks compare) starts no
 * further seed, but always does one.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { formatTable } from '../gradient/report.mjs'
import { compareMoments, independentScalars, momentsBySide } from './agreement.mjs'
import { absentFrom, tableOf } from './columns.mjs'
import { readDraws } from './draws-file.mjs'
import { describeMachine } from './machine.mjs'
import { judgeMarks, markLimit, markTitle } from './marks.mjs'
import { figuresOf } from './measure.mjs'
import { posteriordbAvailable, posteriordbPath, posteriors } from './posteriors.mjs'
import { isMeantFor, sides } from './sides.mjs'
import { formatStartUp, measureStartUp } from './start-up.mjs'

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string' },
    models: { type: 'string', default: Object.keys(posteriors).join() },
    sides: { type: 'string', default: sides.map(({ name }) => name).join() },
    budget: { type: 'string' },
    quick: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    json: { type: 'string' },
    note: { type: 'string' },
  },
})
const seedCount = Number(options.seeds ?? (options.quick ? 3 : 11))
const budget = Number(options.budget ?? (options.quick ? 5 : 15))
const expand = name => (name === 'posteriordb' ? Object.keys(posteriors).filter(one => posteriors[one].family === 'posteriordb') : [name])
const names = options.models.split(',').flatMap(expand)
const wanted = options.sides.split(',')
const unknown = [...names.filter(name => !posteriors[name]), ...wanted.filter(name => !sides.some(side => side.name === name))]
if (unknown.length > 0)
  throw new Error(`unknown: ${unknown.join()}. Models: ${Object.keys(posteriors).join()}; sides: ${sides.map(({ name }) => name).join()}`)

// So that what a run leaves in the cache is removed.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const length = { chains: 4, draws: 1000 }
const began = performance.now()
const machine = describeMachine()
console.log(`${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}, ${machine.compiler ?? 'no g++'}`)
console.log(`${machine.pinning}; load ${machine.loadBefore.toFixed(1)}`)
if (machine.loadBefore > 0.5) console.log('other programs are running: figures of seconds will not be worth much')
if (!posteriordbAvailable) console.log(`posteriordb is left out: no ${posteriordbPath} (CHORALE_POSTERIORDB names another folder)`)

const versions = {}
const missing = {}
for (const side of sides.filter(({ name }) => wanted.includes(name))) {
  const state = await side.prepare()
  if (state.missing) missing[side.name] = state.missing
  else versions[side.name] = state.version
}
for (const [name, reason] of Object.entries(missing)) console.log(`${name} is left out: ${reason}`)

/** Why a side does not sample a posterior this time, though it could. */
function whyNot(side, posterior) {
  if (missing[side.name]) return missing[side.name]
  if (side.slowOn?.includes(posterior.name) && !options.all) return 'takes minutes: only with --all'
  return undefined
}

/** Opens a side for a posterior; a side that cannot is reported, not fatal. */
async function open(side, posterior) {
  const cell = { title: side.title, seeds: [], draws: [], spent: 0 }
  const reason = whyNot(side, posterior)
  if (reason) return { side, cell: { ...cell, missing: reason } }
  try {
    return { side, cell, opened: await side.open(posterior, length) }
  } catch (error) {
    return { side, cell: { ...cell, missing: error.message.split('\n').slice(0, 3).join(' ') } }
  }
}

async function runSeed(posterior, { cell, opened }, seed) {
  const start = performance.now()
  const { drawsFile, dispose, compileSeconds, metric, ...result } = await opened.run(seed, length)
  const draws = drawsFile && readDraws(drawsFile, { names: posterior.scalars, ...length })
  dispose()
  cell.seeds.push({ seed, compileSeconds, ...(metric && { metric }), ...figuresOf(result, draws) })
  if (draws) cell.draws.push(draws)
  cell.spent += (performance.now() - start) / 1000
}

/** The reference is Stan where it was run, else the first side with draws. */
function judgeAgreement(posterior, cells) {
  const withDraws = Object.entries(cells).filter(([, cell]) => cell.draws.length > 0)
  const reference = withDraws.find(([name]) => name === 'stan') ?? withDraws[0]
  if (!reference) return undefined
  const moments = new Map(withDraws.map(([name, cell]) => [name, momentsBySide(posterior, cell.draws)]))
  const independent = independentScalars(posterior, reference[1].draws[0])
  for (const [name, cell] of withDraws) {
    if (name !== reference[0]) cell.agreement = compareMoments(moments.get(name), moments.get(reference[0]), independent)
  }
  return reference[0]
}

async function measure(posterior) {
  const entries = []
  for (const side of sides.filter(one => wanted.includes(one.name) && isMeantFor(one, posterior))) entries.push(await open(side, posterior))
  for (let seed = 1; seed <= seedCount; seed++) {
    for (const entry of entries) {
      if (!entry.opened || (entry.cell.seeds.length > 0 && entry.cell.spent > (entry.side.primary ? 3 : 1) * budget)) continue
      try {
        await runSeed(posterior, entry, seed)
      } catch (error) {
        entry.cell.missing = `seed ${seed} failed: ${error.message.split('\n').slice(0, 4).join(' ')}`
        entry.cell.seeds = []
        entry.cell.draws = []
        await entry.opened.close()
        entry.opened = undefined
      }
    }
  }
  for (const { opened } of entries) await opened?.close()
  const cells = Object.fromEntries(entries.map(({ side, cell }) => [side.name, cell]))
  const reference = judgeAgreement(posterior, cells)
  for (const cell of Object.values(cells)) delete cell.draws
  return { title: posterior.title, reference, sides: cells }
}

const results = {}
for (const name of names) {
  const result = await measure(posteriors[name])
  results[name] = result
  console.log(`\n${name}: ${result.title}\n`)
  console.log(formatTable(tableOf(result)))
  for (const [title, reason] of absentFrom(result)) console.log(`  not run: ${title}: ${reason}`)
}

const startUp = names.includes('M1')
  ? await measureStartUp({ rounds: seedCount, wanted: wanted.filter(name => !missing[name]) })
  : undefined
if (startUp) console.log(`\n${formatStartUp(startUp)}`)

const judged = judgeMarks(results)
console.log('\nmarks')
for (const mark of judged) {
  const verdict = mark.ratio === undefined ? 'not run ' : mark.met ? 'met     ' : 'not met '
  console.log(`  ${verdict} ${markTitle(mark)}: ${mark.ratio === undefined ? '-' : mark.ratio.toFixed(2)} (${markLimit(mark)})`)
}

const minutes = (performance.now() - began) / 60_000
console.log(`\n${minutes.toFixed(1)} minutes`)
if (options.json) {
  const report = {
    date: new Date().toISOString(),
    machine,
    note: options.note,
    versions,
    missing,
    seeds: seedCount,
    budget,
    posteriordb: posteriordbAvailable,
    ...length,
    minutes,
    results,
    startUp,
    marks: judged,
  }
  writeFileSync(options.json, `${JSON.stringify(report, undefined, 1)}\n`)
}
