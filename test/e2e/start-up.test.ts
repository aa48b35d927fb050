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
  ...['combination/combine-shards', 'gates/shard-heterogeneity', 'planning/check-flat-priors', 'verification/verify'],
  ...['settings/document', 'settings/define-config', 'published-schemas', 'job/execute-task', 'planning/inspect-model'],
  ...[
    'execution/recorded-outcomes',
    'sources/csv-rows',
    'sources/parquet-rows',
    'sources/sql-rows',
    'sources/duckdb',
    'pipeline/run-status',
  ],
]

/** A file of an npm package, however pnpm links it. */
const NPM = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//
const OURS = `file://${REPOSITORY}/packages/`

interface Loaded {
  readonly libraries: ReadonlySet<string>
  /** Names of our packages. */
  readonly packages: ReadonlySet<string>
  /** Our modules, by their path in `dist` without ending. */
  readonly modules: ReadonlySet<string>
}

/** The modules that a run loads in its own process, as V8 counts them. */
function modulesOfRun(files: Readonly<Record<string, string>>): Loaded {
  const { folder, dispose } = folderWith({ 'package.json': '{ "type": "module" }', 'model.js': EIGHT_SCHOOLS, ...files })
  onTestFinished(dispose)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(REPOSITORY, 'packages', 'chorale'), join(folder, 'node_modules', 'chorale'))
  const coverage = join(folder, 'coverage')
  execFileSync(process.execPath, [CHORALE, 'run'], { cwd: folder, env: { ...process.env, NODE_V8_COVERAGE: coverage }, stdio: 'ignore' })
  const urls = readdirSync(coverage).flatMap(file => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { readonly result: readonly { readonly url: string }[] }
    return result.map(({ url }) => url)
  })
  rmSync(coverage, { recursive: true })
  const ours = urls.filter(url => url.startsWith(OURS)).map(url => url.slice(OURS.length))
  return {
    libraries: new Set(urls.flatMap(url => (url.startsWith('file:') ? (NPM.exec(url)?.[1] ?? []) : []))),
    packages: new Set(ours.map(path => path.split('/')[0]!)),
    modules: new Set(ours.flatMap(path => /\/dist\/(.*)\.js$/.exec(path)?.[1] ?? [])),
  }
}

test('a short run loads the libraries that it uses, and no other', () => {
  const { libraries, packages, modules } = modulesOfRun({ 'chorale.config.json': JSON.stringify(SETTINGS) })
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
  const { libraries } = modulesOfRun({ 'chorale.config.yaml': JSON.stringify(SETTINGS) })
  expect([...libraries].filter(name => !ALLOWED.includes(name)).sort()).toEqual(['yaml'])
})
