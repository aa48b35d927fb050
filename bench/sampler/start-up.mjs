/**
 * Seconds from process start to a summary, eight schools with 4 chains of 1000 draws: `chorale run` with warm file caches, and the Stan executable of the
 * same model, from its start to CSV files (without the summary of those, and without its compilation). Chorale is not pinned and uses the cores there are; Stan's one thread is.
 * Also of commands that only look, beside Node alone.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spread } from '../gradient/report.mjs'
import { cacheFolder } from './cache.mjs'
import { posteriors } from './posteriors.mjs'
import { runCommand } from './processes.mjs'
import { sides } from './sides.mjs'

const packageFolder = fileURLToPath(new URL('../../packages/chorale', import.meta.url))

const model = `import { halfCauchy, model, normal } from 'chorale'

export default model(({ data, sample, plate }) => {
  const mu = sample('mu', normal(0, 5))
  const tau = sample('tau', halfCauchy(5))
  plate('schools', data.rows, () => {
    const z = sample('z', normal(0, 1))
    sample('effect', normal(mu.add(tau.mul(z)), data.vector('standard_error')), { observed: data.vector('effect') })
  })
})
`

/** A project as a user has one. */
function createProject() {
  const folder = cacheFolder('eight-schools')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(packageFolder, join(folder, 'node_modules', 'chorale'))
  const { columns } = posteriors.M1.data()
  const settings = {
    model: './model.js',
    data: { columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, [...values]])) },
    sharding: { shards: 1 },
    sampling: { chains: 4, draws: 1000, seed: 1 },
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'model.js'), model)
  writeFileSync(join(folder, 'chorale.config.json'), JSON.stringify(settings))
  return folder
}

const CHORALE = join(packageFolder, 'bin/chorale.js')

/** Those that are timed in a folder with one finished run. */
const LOOKS = ['--version', '--help', 'list', 'status', 'show latest', 'config', 'run --dry-run']

/** Seconds of each round but the first, which warms the caches. */
async function timeCommand(rounds, command, folder, prepare = () => {}) {
  const seconds = []
  for (let round = -1; round < rounds; round++) {
    prepare()
    const run = await runCommand(process.execPath, command, { pin: false, cwd: folder })
    if (round >= 0) seconds.push(run.seconds)
  }
  return seconds
}

async function timeChorale(rounds) {
  const folder = createProject()
  const removeRuns = () => rmSync(join(folder, 'runs'), { recursive: true, force: true })
  const run = backend => timeCommand(rounds, [CHORALE, 'run', '--set', `backend=${backend}`], folder, removeRuns)
  const seconds = { 'chorale run, in its own process': await run('cpu'), 'chorale run, workers': await run('workers') }
  for (const look of LOOKS) seconds[`chorale ${look}`] = await timeCommand(rounds, [CHORALE, ...look.split(' ')], folder)
  seconds['node, nothing done'] = await timeCommand(rounds, ['-e', '0'], folder)
  rmSync(folder, { recursive: true, force: true })
  return seconds
}

async function timeStan(rounds) {
  const opened = await sides.find(({ name }) => name === 'stan').open(posteriors.M1, {})
  const seconds = []
  for (let round = 0; round < rounds; round++) {
    const { processSeconds, dispose } = await opened.run(round + 1, { chains: 4, draws: 1000 })
    dispose()
    seconds.push(processSeconds)
  }
  return seconds
}

/** `wanted`: names of sides that may run. Answers seconds by title. */
export async function measureStartUp({ rounds, wanted }) {
  const seconds = {}
  if (wanted.includes('chorale')) Object.assign(seconds, await timeChorale(rounds))
  if (wanted.includes('stan')) seconds['Stan, executable to CSV'] = await timeStan(rounds)
  return seconds
}

export const formatStartUp = seconds =>
  [
    'seconds from process start to result, eight schools, 4 x 1000',
    ...Object.entries(seconds).map(([title, values]) => {
      const { median, lower, upper } = spread(values)
      return `  ${title}: ${median.toFixed(3)} (${lower.toFixed(3)} to ${upper.toFixed(3)})`
    }),
  ].join('\n')
