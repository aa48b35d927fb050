import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { CHORALE, REPOSITORY } from './command.js'
import { folderWith } from './project.js'

/** Rubin (1981): effects of coaching in eight schools. */
const EIGHT_SCHOOLS = `
import { halfCauchy, model, normal } from 'chorale'

export default model(({ data, sample, plate }) => {
  const mu = sample('mu', normal(0, 5))
  const tau = sample('tau', halfCauchy(5))
  plate('schools', data.rows, () => {
    const z = sample('z', normal(0, 1))
    sample('effect', normal(mu.add(tau.mul(z)), data.vector('sd')), { observed: data.vector('effect') })
  })
})
`
const SETTINGS = {
  model: './model.js',
  data: { columns: { effect: [28, 8, -3, 7, -1, 1, 18, 12], sd: [15, 10, 16, 11, 9, 11, 10, 18] } },
  backend: 'cpu',
  sharding: { shards: 1 },
  sampling: { seed: 1, chains: 2, warmup: 100, draws: 100 },
}

/** What a run of one shard with settings in JSON needs, and what those need: everything else is loaded on first use. */
const ALLOWED = [
  ...['commander', 'esbuild', 'fastest-levenshtein', 'pino', 'reflect-metadata', 'tslib', 'tsyringe'],
  // Of pino.
  ...['@pinojs/redact', 'atomic-sleep', 'on-exit-leak-free', 'pino-std-serializers', 'quick-format-unescaped', 'safe-stable-stringify'],
  ...['sonic-boom', 'thread-stream'],
]

/** Parts of ours that are for other runs: of several shards, with settings that are wrong, with a model that is an object, from files of data. */
const FOR_OTHERS = [
  ...['combination/combine-shards', 'gates/shard-heterogeneity', 'planning/flat-priors/check-flat-priors', 'verification/verify'],
  ...['settings/document', 'settings/define-config', 'published-schemas', 'job/execute-task', 'planning/inspect-model'],
  ...[
    'execution/recorded-outcomes',
    'sources/csv-rows',
    'sources/parquet-rows',
    'sources/sql-rows',
    'sources/duckdb',
    'watching/run-status',
  ],
]

/** A file of an npm package, however pnpm links it. */
const NPM = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//
const OURS = `file://${REPOSITORY}/packages/`

/** What a thread or process has loaded. */
interface Loaded {
  readonly libraries: ReadonlySet<string>
  /** Names of our packages. */
  readonly packages: ReadonlySet<string>
  /** Our modules, by their path in `dist` without ending. */
  readonly modules: ReadonlySet<string>
}

/** A project of eight schools, as a user has one. */
function eightSchools(files: Readonly<Record<string, string>>): string {
  const { folder, dispose } = folderWith({ 'package.json': '{ "type": "module" }', 'model.js': EIGHT_SCHOOLS, ...files })
  onTestFinished(dispose)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(REPOSITORY, 'packages', 'chorale'), join(folder, 'node_modules', 'chorale'))
  return folder
}

/** What a command loads, as V8 counts it: first its process, then each of its threads. */
function loadedBy(folder: string, ...args: readonly string[]): readonly Loaded[] {
  const coverage = join(folder, 'coverage')
  execFileSync(process.execPath, [CHORALE, ...args], { cwd: folder, env: { ...process.env, NODE_V8_COVERAGE: coverage }, stdio: 'ignore' })
  const threads = readdirSync(coverage).map(file => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { readonly result: readonly { readonly url: string }[] }
    return loadedOf(result.map(({ url }) => url))
  })
  rmSync(coverage, { recursive: true })
  return threads.sort((a, b) => Number(b.packages.has('chorale')) - Number(a.packages.has('chorale')))
}

function loadedOf(urls: readonly string[]): Loaded {
  const ours = urls.filter(url => url.startsWith(OURS)).map(url => url.slice(OURS.length))
  return {
    libraries: new Set(urls.flatMap(url => (url.startsWith('file:') ? (NPM.exec(url)?.[1] ?? []) : []))),
    packages: new Set(ours.map(path => path.split('/')[0]!)),
    modules: new Set(ours.flatMap(path => /\/dist\/(.*)\.js$/.exec(path)?.[1] ?? [])),
  }
}

const JSON_SETTINGS = { 'chorale.config.json': JSON.stringify(SETTINGS) }

test('a short run loads the libraries that it uses, and no other', () => {
  const [run] = loadedBy(eightSchools(JSON_SETTINGS), 'run', '--backend', 'cpu', '--seed', '1', '--set', 'sampling.draws=100')
  const { libraries, packages, modules } = run!
  expect([...libraries].filter(name => !ALLOWED.includes(name)).sort()).toEqual([])
  // The model's language and the sampler are bundled into the job, not loaded here as well; one shard is not combined.
  expect(
    [...packages].filter(name =>
      ['model', 'sampler', 'combiners', 'testkit', 'report', 'backend-workers', 'backend-pjit', 'backend-pbs', 'backend-slurm'].includes(
        name,
      ),
    ),
  ).toEqual([])
  expect(FOR_OTHERS.filter(name => modules.has(name))).toEqual([])
  expect(modules).toContain('pipeline/finish')
})

test('settings in YAML add the reader of YAML', () => {
  const [run] = loadedBy(eightSchools({ 'chorale.config.yaml': JSON.stringify(SETTINGS) }), 'run')
  expect([...run!.libraries].filter(name => !ALLOWED.includes(name)).sort()).toEqual(['yaml'])
})

test('a thread loads what opens the bundle, and the rest of a task from there', () => {
  const [, ...threads] = loadedBy(eightSchools(JSON_SETTINGS), 'run', '--backend', 'workers')
  expect(threads.length).toBeGreaterThan(0)
  for (const { libraries, packages, modules } of threads) {
    expect([...libraries]).toEqual([])
    expect([...packages].sort()).toEqual(['backend-workers', 'core'])
    expect(modules).not.toContain('job/execute-task')
    expect(modules.size).toBeLessThan(20)
  }
})

test('the version is known without the command', () => {
  const [command] = loadedBy(eightSchools({}), '--version')
  expect([...command!.libraries]).toEqual([])
  expect(command!.modules.size).toBeLessThan(10)
})

test('the help loads what defines the commands, and nothing that they do', () => {
  const [command] = loadedBy(eightSchools({}), '--help')
  expect([...command!.libraries]).toEqual(['commander'])
  expect([...command!.packages].sort()).toEqual(['chorale', 'cli', 'core'])
  expect(command!.modules.size).toBeLessThan(60)
})

test('commands that look at runs or settings load no schemas, and nothing that a run needs', () => {
  const folder = eightSchools(JSON_SETTINGS)
  loadedBy(folder, 'run')
  for (const args of [['list'], ['status'], ['logs'], ['show', 'latest'], ['config', '--json']]) {
    const [command] = loadedBy(folder, ...args)
    const { libraries, packages, modules } = command!
    expect([...libraries], args[0]).toEqual(['commander'])
    const mayRead = args[0] === 'show' ? ['diagnostics', 'random'] : []
    expect(
      [...packages].filter(name => !['chorale', 'cli', 'core', ...mayRead].includes(name)),
      args[0],
    ).toEqual([])
    const ofRuns = [...modules].filter(name => /^(?:planning\/plan|pipeline\/pipeline|execution|lifecycle|composition|doctor)/.test(name))
    expect(ofRuns, args[0]).toEqual([])
  }
})
