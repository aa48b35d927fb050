/**
 * Time of one log density with gradient: compiled models, the same by hand in JavaScript, and the same in blocked C, in turn in one run.
 *
 * Usage: node bench/gradient/run.mjs [--rounds 21] [--models M1,M5] [--sides compiled,hand,c] [--compilations 5] [--json file]
 * One process a case (measure.mjs), another for each compilation (compile-time.mjs).
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compileKernels, compilerVersion, flags } from './c-side.mjs'
import { cases } from './data.mjs'
import { formatRatio, formatSpread, formatTable, ratio, spread } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    models: { type: 'string', default: [...new Set(Object.values(cases).map(({ model }) => model))].join() },
    sides: { type: 'string', default: 'compiled,hand,c' },
    compilations: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
const rounds = Number(options.rounds)
const wantedModels = options.models.split(',')
const names = Object.keys(cases).filter(name => wantedModels.includes(cases[name].model) || wantedModels.includes(name))
const wantedSides = options.sides.split(',')
const unknown = [...wantedModels.filter(name => !cases[name]), ...wantedSides.filter(side => !['compiled', 'hand', 'c'].includes(side))]
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join()}. Models: ${Object.keys(cases).join()}; sides: compiled, hand, c`)

/** Runs a script of this folder to its end and reads what it wrote. */
function runScript(script, ...scriptArguments) {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [path, ...scriptArguments], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`${script} ${scriptArguments.join(' ')} failed: see above`)
  return JSON.parse(stdout)
}

/** Milliseconds from model function to first gradient, each in a process of its own. */
const measureCompilation = name => Array.from({ length: Number(options.compilations) }, () => runScript('compile-time.mjs', name))

const gcc = compilerVersion()
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  system: `${process.platform} ${process.arch}`,
  node: process.version,
  v8: process.versions.v8,
  compiler: gcc ?? null,
  flags: flags.join(' '),
}
console.log(`${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${machine.node} (V8 ${machine.v8})`)
console.log(gcc ? `${gcc}, ${machine.flags}` : 'no gcc: the side "c" is left out')
const kernels = wantedSides.includes('c') && gcc ? compileKernels() : undefined

const results = {}
try {
  for (const name of names) {
    const sides = wantedSides.filter(side => (side !== 'c' || kernels) && (side !== 'compiled' || name !== 'M6rows'))
    const times = runScript('measure.mjs', name, options.rounds, sides.join(), ...(kernels ? [kernels.folder] : []))
    const against = side => (times.compiled && times[side] ? ratio(times.compiled, times[side]) : undefined)
    results[name] = {
      ...cases[name],
      microseconds: times,
      compiledToHand: against('hand'),
      compiledToC: against('c'),
      handToC: times.hand && times.c ? ratio(times.hand, times.c) : undefined,
      compilation: times.compiled ? measureCompilation(name) : undefined,
    }
  }
} finally {
  kernels?.dispose()
}

console.log(`\nmicroseconds per log density and gradient: median (quartiles) of ${rounds} rounds in turn\n`)
console.log(
  formatTable([
    ['model', 'rows', 'compiled', 'hand', 'C', 'compiled / hand', 'compiled / C', 'hand / C'],
    ...Object.entries(results).map(([name, { rows, microseconds, compiledToHand, compiledToC, handToC }]) => [
      name,
      String(rows),
      ...['compiled', 'hand', 'c'].map(side => formatSpread(microseconds[side])),
      ...[compiledToHand, compiledToC, handToC].map(formatRatio),
    ]),
  ]),
)

const compiledNames = names.filter(name => results[name].compilation)
if (compiledNames.length > 0) {
  console.log(`\nmilliseconds from model function to first gradient: median (quartiles) of ${options.compilations} processes\n`)
  const column = (name, run, part) => formatSpread(results[name].compilation.map(times => times[run][part]))
  console.log(
    formatTable([
      ['model', 'rows', 'bind', 'first gradient', 'both', 'both, second model of the process'],
      ...compiledNames.map(name => [
        name,
        String(results[name].rows),
        column(name, 'first', 'bind'),
        column(name, 'first', 'firstGradient'),
        column(name, 'first', 'total'),
        column(name, 'again', 'total'),
      ]),
    ]),
  )
}

/** What is hoped for. For information: nothing fails here. */
const median = (name, side) => spread(results[name].microseconds[side]).median
const marks = [
  ...['M1', 'M5'].map(name => [`${name}: compiled at most 2 x hand`, results[name]?.compiledToHand?.ofMedians, 2]),
  ['M2: compiled at most 2.6 x C', results.M2?.compiledToC?.ofMedians, 2.6],
  ['M3: compiled at most 1.6 x C', results.M3?.compiledToC?.ofMedians, 1.6],
  [
    'M6: 100,000 rows cost what 1,000 cost (at most 1.1 x)',
    results.M6?.compilation && results.M6n1000 ? median('M6', 'compiled') / median('M6n1000', 'compiled') : undefined,
    1.1,
  ],
  ...compiledNames
    .filter(name => results[name].rows <= 1000)
    .map(name => [`${name}: first gradient within 20 ms`, spread(results[name].compilation.map(({ first }) => first.total)).median, 20]),
].filter(([, value]) => value !== undefined)
if (marks.length > 0) console.log('\nmarks')
for (const [title, value, limit] of marks) console.log(`  ${value <= limit ? 'met    ' : 'not met'}  ${title}: ${value.toFixed(2)}`)

if (options.json) {
  writeFileSync(options.json, `${JSON.stringify({ date: new Date().toISOString(), machine, rounds, results }, undefined, 2)}\n`)
}
