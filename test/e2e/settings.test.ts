import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { chorale, REPOSITORY, type Ended } from './command.js'
import { choraleHere } from './command-here.js'
import { DRAWS, normalFolder, normalModel, project, SETTINGS, WARMUP } from './project.js'
import { drawDigests, onlyRun } from './run-files.js'

let reference: ReturnType<typeof normalFolder>
let expected: Readonly<Record<string, string>>

beforeAll(async () => {
  reference = normalFolder()
  expect(await choraleHere(reference, 'run')).toMatchObject({ code: 0 })
  expected = drawDigests(onlyRun(reference))
})
afterAll(() => reference.dispose())

interface Resolved {
  readonly settings: Readonly<Record<string, unknown>>
  readonly origins: Readonly<Record<string, string>>
  readonly file: string | null
}

async function resolved(
  where: { readonly folder: string },
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Resolved> {
  const { code, stdout, stderr } = await choraleHere({ ...where, env }, 'config', '--json', ...args)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout) as Resolved
}

const JSON_SETTINGS = {
  model: './model.mjs',
  data: { path: 'data.csv' },
  sharding: { shards: 3, strategy: 'contiguous' },
  backend: 'cpu',
  sampling: { chains: 2, warmup: WARMUP, draws: DRAWS, seed: 1 },
  validation: { maxRhat: 1.1 },
}

/** The same settings with the section and key names of the Python reference. */
const REFERENCE_STYLE = `
model: ./model.mjs
data: { path: data.csv }
sharding_strategy: contiguous
num_shards: 3
backend_config: { name: cpu }
per_shard_mcmc: { num_chains: 2, num_warmup: 100, num_samples: 150, target_accept_prob: 0.9, max_tree_depth: 8 }
combination: { method: consensus_mc, min_success_rate: 0.5 }
validation: { max_per_shard_rhat: 1.1 }
seed: 1
`

const OWN_STYLE = `
model: ./model.mjs
data: { path: data.csv }
sharding: { strategy: contiguous, shards: 3 }
backend: cpu
sampling: { chains: 2, warmup: 100, draws: 150, targetAcceptProb: 0.9, maxTreeDepth: 8, seed: 1 }
combination: { name: consensus_mc, minSuccessRate: 0.5 }
validation: { maxRhat: 1.1 }
`

test('settings in JSON give the same draws as in YAML', async () => {
  const json = project({ 'chorale.config.yaml': '', 'settings.json': JSON.stringify(JSON_SETTINGS) })
  expect(await choraleHere(json, 'run', '--config', 'settings.json')).toMatchObject({ code: 0 })
  expect(drawDigests(onlyRun(json))).toEqual(expected)
})

test('settings in TypeScript, with defineConfig of the installed package, give the same draws as in YAML', async () => {
  const { folder } = project({
    'settings.ts': `import { defineConfig } from 'chorale'\n\nexport default defineConfig(${JSON.stringify(JSON_SETTINGS)})\n`,
  })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(REPOSITORY, 'packages', 'chorale'), join(folder, 'node_modules', 'chorale'))
  expect(await choraleHere({ folder }, 'run', '--config', 'settings.ts')).toMatchObject({ code: 0 })
  expect(drawDigests(onlyRun({ folder }))).toEqual(expected)
})

test('a model in TypeScript that imports only types runs', async () => {
  const typed = normalModel()
    .replace('export default {', "import type { Model } from '@chorale/core'\n\nconst model: Model = {")
    .replace(/\}\n$/, '}\n\nexport default model satisfies Model\n')
  const where = project({ 'model.ts': typed })
  expect(await choraleHere(where, 'run', '--set', 'model=model.ts')).toMatchObject({ code: 0 })
  expect(drawDigests(onlyRun(where))).toEqual(expected)
})

test("the Python reference's names give the same settings", async () => {
  const [theirs, ours] = [project({ 'chorale.config.yaml': REFERENCE_STYLE }), project({ 'chorale.config.yaml': OWN_STYLE })]
  expect((await resolved(theirs)).settings).toEqual((await resolved(ours)).settings)
})

test('a run with the settings of the Python reference finishes', async () => {
  const where = project({ 'chorale.config.yaml': REFERENCE_STYLE })
  expect(await choraleHere(where, 'run')).toMatchObject({ code: 0 })
})

test('a flag wins over a variable, a variable over the file, the file over the default', async () => {
  const { settings, origins } = await resolved(reference, ['--set', 'sampling.chains=7'], {
    CHORALE__SAMPLING__CHAINS: '6',
    CHORALE__SAMPLING__DRAWS: '60',
  })
  expect(settings['sampling']).toMatchObject({ chains: 7, draws: 60, warmup: WARMUP, maxTreeDepth: 10 })
  expect(origins).toMatchObject({
    'sampling.chains': '--set sampling.chains=7',
    'sampling.draws': 'CHORALE__SAMPLING__DRAWS',
    'sampling.warmup': 'chorale.config.yaml',
    'sampling.maxTreeDepth': 'default',
  })
})

test('chorale config prints every value with where it comes from', async () => {
  const { code, stdout } = await chorale(reference, 'config', '--seed', '9')
  expect(code).toBe(0)
  expect(stdout).toContain(join(reference.folder, 'chorale.config.yaml'))
  expect(stdout).toMatch(/^sampling\.seed\s+9\s+--seed 9$/m)
  expect(stdout).toMatch(/^sharding\.shards\s+3\s+chorale\.config\.yaml$/m)
  expect(stdout).toMatch(/^sampling\.maxTreeDepth\s+10\s+default$/m)
})

test('paths in the settings are relative to the settings file, and settings are found in a folder above', async () => {
  const { folder } = project({ 'package.json': '{}', 'chorale.config.yaml': SETTINGS })
  mkdirSync(join(folder, 'below'))
  expect(await choraleHere({ folder: join(folder, 'below') }, 'run')).toMatchObject({ code: 0 })
  expect(drawDigests(onlyRun({ folder }))).toEqual(expected)
})

/** Usage errors never start anything. */
const misused: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
  ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'/],
  ['an unknown flag', ['run', '--frobnicate'], /unknown option '--frobnicate'/],
  ['--set without a value', ['run', '--set', 'sampling.draws'], /key=value/],
  ['a seed that is not a number', ['run', '--seed', 'abc'], /CHORALE_SETTINGS_INVALID .*"abc"/],
  ['settings flags together with --resume', ['run', '--resume', 'latest', '--seed', '3'], /--seed cannot be used with --resume/],
  ['--trust-run without --resume', ['run', '--trust-run'], /--trust-run needs --resume/],
  ['a number of draws that is none', ['combine', 'latest', '--draws', 'many'], /whole number/],
]

test.each(misused)('%s is a usage error, exit code 2', async (_, args, says) => {
  const where = project()
  const ended: Ended = await choraleHere(where, ...args)
  expect(ended.code).toBe(2)
  expect(ended.stdout).toBe('')
  expect(ended.stderr).toMatch(says)
})

test('no command prints the help and is a usage error; --help is not', async () => {
  expect(await choraleHere(reference)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: chorale') as string })
  expect(await chorale(reference, '--help')).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('Usage: chorale') as string,
  })
})
