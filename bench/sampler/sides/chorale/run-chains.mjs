/**
 * Chains of one posterior, one after another, through the sampler plugin: files are written as by `chorale run`.
 * Usage: run-chains.mjs POSTERIOR SETTINGS FOLDER, SETTINGS as JSON: seed, chains, warmup (or none), draws, options. Writes one line of JSON.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeRowsFile } from '../../../../packages/core/dist/contracts/index.js'
import { foldIn, prngKey } from '../../../../packages/random/dist/index.js'
import plugin from '../../../../packages/sampler/dist/plugin.js'
import { shardData } from '../../../gradient/data.mjs'
import { writeDraws } from '../../draws-file.mjs'
import { posteriors } from '../../posteriors.mjs'
import { modelOf } from './model-of.mjs'

const [name, settingsText, folder] = process.argv.slice(2)
const { seed, chains, warmup, draws, options } = JSON.parse(settingsText)
const posterior = posteriors[name]
const nuts = plugin.samplers.find(sampler => sampler.name === 'nuts')
const data = shardData(posterior.data())

const asked = { warmup, draws, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options }
const request = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
const settings = nuts.planSettings ? await nuts.planSettings(request, { folder, chains }) : { warmup: 1000, ...request }

const compileStart = performance.now()
const model = await modelOf(posterior)
const summary = model.summarize?.(data) ?? null
const bound = model.bind(data, summary)
bound.logDensityInto(allocate(bound.dimension), allocate(bound.dimension), { prior: 1, likelihood: 1, jacobian: 1 })
const compileSeconds = (performance.now() - compileStart) / 1000

function allocate(length) {
  return bound.allocate?.(length) ?? new Float64Array(length)
}

const quiet = { attempt: 0, emit: () => undefined, shouldStop: () => false }

/** One chain; answers its folder. */
async function runChain(chain) {
  const directory = join(folder, `chain-${chain}`)
  mkdirSync(directory)
  const task = {
    format: 1,
    kind: 'sample',
    id: `sample-0000-${chain}`,
    shard: 0,
    chain,
    restart: 0,
    model: { kind: 'inline', id: name },
    data: { kind: 'shared', id: name },
    summary,
    powers: { prior: 1, likelihood: 1, jacobian: 1 },
    load: { rows: data.rows, dataBytes: 0, dimension: bound.dimension, draws },
    key: foldIn(prngKey(seed), chain),
    sampler: { name: 'nuts', url: '', version: '', digest: '' },
    settings,
  }
  await nuts.runTask(task, model, data, directory, quiet)
  return directory
}

const folders = []
const start = performance.now()
for (let chain = 0; chain < chains; chain++) folders.push(await runChain(chain))
const seconds = (performance.now() - start) / 1000

const rows = file => folders.map(directory => decodeRowsFile(readFileSync(join(directory, file))))
const column = ({ header, values }, name) => {
  const width = header.columns.length
  const at = header.columns.indexOf(name)
  return Array.from({ length: values.length / width }, (_, row) => values[row * width + at])
}
const sum = values => values.reduce((a, b) => a + b, 0)

/** Numbers that `constrainInto` writes, by their names in a CSV file of Stan. */
const elements = bound.parameters.flatMap(({ name: parameter, shape }) => {
  const size = shape.reduce((a, b) => a * b, 1)
  return shape.length === 0 ? [parameter] : Array.from({ length: size }, (_, k) => `${parameter}.${k + 1}`)
})
const constrained = rows('draws.bin').map(({ header, values }) =>
  Array.from({ length: draws }, (_, draw) => {
    const out = new Float64Array(elements.length)
    const position = allocate(bound.dimension)
    position.set(values.subarray(draw * header.columns.length, draw * header.columns.length + bound.dimension))
    bound.constrainInto(out, position)
    return out
  }),
)
const places = posterior.scalars.map(scalar => elements.indexOf(scalar))
const missing = posterior.scalars.filter((_, k) => places[k] < 0)
if (missing.length > 0) throw new Error(`${name}: the model has no ${missing.join()}, only ${elements.join()}`)
writeDraws(join(folder, 'draws.f64'), { names: posterior.scalars, chains, draws }, (k, chain, draw) => constrained[chain][draw][places[k]])

const statistics = rows('stats.bin')
const reports = folders.map(directory => JSON.parse(readFileSync(join(directory, 'chain.json'), 'utf8')))
console.log(
  JSON.stringify({
    compileSeconds,
    seconds,
    metric: reports.map(({ metric }) => metric?.kind),
    chains: reports.map(({ warmup: warming, sampling }, chain) => ({
      warmup: { seconds: warming.seconds, gradients: warming.gradients, iterations: warming.iterations },
      sampling: {
        seconds: sampling.seconds,
        gradients: sampling.gradients,
        leapfrogs: sum(column(statistics[chain], 'num_steps')),
        draws: sampling.iterations,
        divergences: sampling.divergences,
      },
    })),
  }),
)
