import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { decodeRowsFile } from '@chorale/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { chorale, REPOSITORY } from './command.js'
import { choraleHere } from './command-here.js'
import { folderWith } from './project.js'
import { acceptedChains, onlyRun } from './run-files.js'

const execute = promisify(execFile)

/** y ~ Normal(mu, sigma): `sigma` is the exponential of its coordinate, `z` is computed from both. */
const MODEL = `
export default {
  rows: 'independent',
  dataNames: ['y'],
  bind(data) {
    const y = data.column('y')
    const n = y.length
    const sum = y.reduce((a, b) => a + b, 0)
    const squares = y.reduce((a, b) => a + b * b, 0)
    return {
      parameters: [
        { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
        { name: 'sigma', shape: [], support: 'positive', scope: 'global', offset: 1, size: 1 },
      ],
      dimension: 2,
      logDensityInto(g, [mu, log], { prior, likelihood, jacobian }) {
        const sigma = Math.exp(log)
        const rest = (squares - 2 * mu * sum + n * mu * mu) / (sigma * sigma)
        g[0] = -prior * mu / 100 + likelihood * (sum - n * mu) / (sigma * sigma)
        g[1] = -prior * sigma * sigma + jacobian + likelihood * (rest - n)
        return -0.5 * prior * (mu * mu / 100 + sigma * sigma) + jacobian * log - likelihood * (n * log + 0.5 * rest)
      },
      constrainInto(values, position) {
        values[0] = position[0]
        values[1] = Math.exp(position[1])
      },
      unconstrainInto(position, values) {
        position[0] = values[0]
        position[1] = Math.log(values[1])
      },
      deterministics: [{ name: 'z', shape: [2, 3] }],
      deterministicInto(values, position) {
        for (let i = 0; i < 6; i++) values[i] = position[0] * (i + 1)
      },
    }
  },
}
`
const SETTINGS = `
model: ./model.mjs
data: { path: data.csv }
sharding: { shards: 1 }
backend: cpu
sampling: { chains: 2, warmup: 100, draws: 150, seed: 3, saveWarmup: true }
`

type Folder = ReturnType<typeof folderWith>

const projectOf = (settings: string): Folder =>
  folderWith({
    'model.mjs': MODEL,
    'data.csv': `y\n${Array.from({ length: 400 }, (_, i) => 1 + 1.4 * Math.sin(12.9898 * i)).join('\n')}\n`,
    'chorale.config.yaml': settings,
  })

let project: Folder
let run: string

/** Runs, and has the values recorded as at the end of every run; what is recorded stays as it is. */
async function sampled(settings: string): Promise<{ readonly made: Folder; readonly path: string }> {
  const made = projectOf(settings)
  await choraleHere(made, 'run')
  const path = onlyRun(made)
  const results = pathToFileURL(join(REPOSITORY, 'packages', 'core', 'dist', 'results', 'index.js')).href
  const { recordRunValues } = (await import(results)) as { readonly recordRunValues: (path: string) => Promise<void> }
  await recordRunValues(path)
  return { made, path }
}

beforeAll(async () => {
  const { made, path } = await sampled(SETTINGS)
  ;[project, run] = [made, path]
})
afterAll(() => project.dispose())

/** What each chain drew, from the files of the chains themselves. */
interface Drawn {
  readonly mu: readonly number[]
  readonly sigma: readonly number[]
  /** Draws x 2 x 3. */
  readonly z: readonly number[]
}

function drawnBy(chain: number, file = 'draws.bin'): Drawn {
  const task = `sample-0000-${chain}`
  const attempt = String(acceptedChains(run)[task]!.attempt).padStart(3, '0')
  const { header, values } = decodeRowsFile(readFileSync(join(run, 'tasks', task, attempt, file)))
  const column = (name: string): number[] => {
    const at = header.columns.indexOf(name)
    return Array.from({ length: values.length / header.columns.length }, (_, row) => values[row * header.columns.length + at]!)
  }
  const mu = column('x0')
  return { mu, sigma: column('x1').map(Math.exp), z: mu.flatMap(x => [1, 2, 3, 4, 5, 6].map(i => x * i)) }
}

const CHAINS = [0, 1] as const

const exports = new Map<string, Promise<string>>()

/** The path of the run in this format, written once for all tests. */
function exported(format: string): Promise<string> {
  const known = exports.get(format) ?? exportAs(format)
  exports.set(format, known)
  return known
}

async function exportAs(format: string): Promise<string> {
  const { code, stderr } = await choraleHere(project, 'export', run, '--format', format, '--out', format)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return join(project.folder, format)
}

/** Whether a program runs to its end. */
function runs(file: string, args: readonly string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore', timeout: 60_000 })
    return true
  } catch {
    return false
  }
}

/** A reader that is not installed is named in the list of skipped tests. CHORALE_TEST_PYTHON: the Python that has ArviZ. */
const PYTHON = process.env['CHORALE_TEST_PYTHON'] ?? 'python3'
const installed = {
  arviz: runs(PYTHON, ['-c', 'import arviz, netCDF4']),
  r: runs('Rscript', ['-e', 'stopifnot(requireNamespace("posterior"), requireNamespace("ncdf4"), requireNamespace("rstan"))']),
  ncdump: runs('ncdump', ['-h']) || runs('which', ['ncdump']),
}

describe(`read by ArviZ${installed.arviz ? '' : ` (skipped: ${PYTHON} has no arviz and netCDF4; name one that has with CHORALE_TEST_PYTHON)`}`, () => {
  interface Read {
    readonly netcdf: { readonly posterior: unknown; readonly warmup: unknown }
    /** null: ArviZ 1 has no reader of its own. */
    readonly cmdstan: { readonly posterior: unknown; readonly warmup: unknown } | null
    readonly shape: readonly unknown[]
    readonly types: readonly string[]
    readonly statistics: readonly string[]
    readonly data: readonly number[]
    readonly rhat: number
    readonly ess: number
  }
  const SCRIPT = `
import json, glob, warnings
warnings.simplefilter('ignore')
import arviz
def dump(group):
    return { name: group[name].values.reshape(group.sizes['chain'], -1).tolist() for name in ['mu', 'sigma', 'z'] }
def draws(d):
    return { 'posterior': dump(d.posterior), 'warmup': dump(d.warmup_posterior) }
n = arviz.from_netcdf('netcdf')
c = arviz.from_cmdstan(sorted(glob.glob('cmdstan/*.csv')), save_warmup=True) if hasattr(arviz, 'from_cmdstan') else None
z, stats = n.posterior.z, n.sample_stats
print(json.dumps({ 'netcdf': draws(n), 'cmdstan': c and draws(c), 'shape': [*z.dims, *z.shape], 'types': [str(stats.diverging.dtype), str(stats.n_steps.dtype)],
  'statistics': sorted(stats.data_vars), 'data': n.constant_data.y.values.tolist(),
  'rhat': float(arviz.rhat(n)['sigma']), 'ess': float(arviz.ess(n)['sigma']) }))
`
  let read: Read
  beforeAll(async () => {
    if (!installed.arviz) return
    await Promise.all([exported('netcdf'), exported('cmdstan')])
    const { stdout } = await execute(PYTHON, ['-c', SCRIPT], { cwd: project.folder, maxBuffer: 1 << 26 })
    read = JSON.parse(stdout.trim().split('\n').at(-1)!) as Read
  })
  const drawn = (file: string) => ({
    mu: CHAINS.map(chain => drawnBy(chain, file).mu),
    sigma: CHAINS.map(chain => drawnBy(chain, file).sigma),
    z: CHAINS.map(chain => drawnBy(chain, file).z),
  })

  test.runIf(installed.arviz)('netCDF: draws and those of warm-up bit by bit', () => {
    expect(read.netcdf).toEqual({ posterior: drawn('draws.bin'), warmup: drawn('warmup.bin') })
  })

  test.runIf(installed.arviz)('netCDF: named dimensions, whole numbers, booleans, statistics, data', () => {
    expect(read.shape).toEqual(['chain', 'draw', 'z_dim_0', 'z_dim_1', 2, 150, 2, 3])
    expect(read.types).toEqual(['bool', 'int64'])
    expect(read.statistics).toEqual([
      'acceptance_rate',
      'diverging',
      'energy',
      'lp',
      'n_steps',
      'reached_max_treedepth',
      'step_size',
      'tree_depth',
    ])
    const y = readFileSync(join(project.folder, 'data.csv'), 'utf8').trim().split('\n').slice(1).map(Number)
    expect([...read.data].sort()).toEqual(y.sort())
  })

  test.runIf(installed.arviz)('CmdStan CSV: the same draws, those of warm-up apart', ({ skip }) => {
    skip(read.cmdstan === null, 'ArviZ 1 does not read them by itself')
    expect(read.cmdstan).toEqual(read.netcdf)
  })

  test.runIf(installed.arviz)('R-hat and effective sample size are those that the run reports', async () => {
    const { stdout } = await choraleHere(project, 'show', run, '--json')
    const { sigma } = (JSON.parse(stdout) as { parameters: Record<string, { rhat: number; essBulk: number }> }).parameters
    expect(Math.abs(read.rhat / sigma!.rhat - 1)).toBeLessThan(1e-10)
    expect(Math.abs(read.ess / sigma!.essBulk - 1)).toBeLessThan(1e-10)
  })
})

describe(`read by R${installed.r ? '' : ' (skipped: no Rscript with posterior, ncdf4 and rstan)'}`, () => {
  const SCRIPT = `
suppressMessages({ library(posterior); library(rstan) })
print17 <- function(draws) cat(sprintf('%.17g', as.vector(extract_variable_matrix(draws, 'sigma'))), '\\n')
nc <- ncdf4::nc_open('netcdf')
print17(as_draws_array(array(ncdf4::ncvar_get(nc, 'posterior/sigma'), c(150, 2, 1), list(NULL, NULL, 'sigma'))))
print17(as_draws_array(as.array(read_stan_csv(sort(Sys.glob('cmdstan/*.csv'))))))
`
  let read: readonly (readonly number[])[]
  beforeAll(async () => {
    if (!installed.r) return
    await Promise.all([exported('netcdf'), exported('cmdstan')])
    writeFileSync(join(project.folder, 'read.R'), SCRIPT)
    const { stdout } = await execute('Rscript', ['read.R'], { cwd: project.folder, maxBuffer: 1 << 26 })
    read = stdout
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/).map(Number))
  })
  const sigma = (): readonly number[] => CHAINS.flatMap(chain => drawnBy(chain).sigma)

  test.runIf(installed.r)('posterior has the draws of the netCDF file, bit by bit', () => {
    expect(read[0]).toEqual(sigma())
  })

  test.runIf(installed.r)('posterior has those of the CmdStan files, as rstan reads them', () => {
    expect(read[1]).toHaveLength(300)
    // Its parser of decimal numbers rounds some of them to a neighbour of the nearest double.
    sigma().forEach((x, i) => expect(Math.abs(read[1]![i]! / x - 1)).toBeLessThanOrEqual(2 * Number.EPSILON))
  })
})

describe(`read by ncdump${installed.ncdump ? '' : ' (skipped: not installed)'}`, () => {
  test.runIf(installed.ncdump)('named dimensions, and every digit', async () => {
    const { stdout } = await execute('ncdump', ['-p', '9,17', '-v', 'posterior/sigma', await exported('netcdf')], { maxBuffer: 1 << 26 })
    expect(stdout).toMatch(/group: posterior \{\s+dimensions:\s+chain = 2 ;\s+draw = 150 ;/)
    expect(stdout).toContain('double z(chain, draw, z_dim_0, z_dim_1) ;')
    const [, numbers] = /\n\s*sigma =([^;]*);/.exec(stdout)!
    expect(numbers!.split(',').map(Number)).toEqual(CHAINS.flatMap(chain => drawnBy(chain).sigma))
  })
})

describe('read by DuckDB', () => {
  test('Parquet: draws bit by bit', async () => {
    const library = join(REPOSITORY, 'packages', 'report', 'node_modules', '@duckdb', 'node-api')
    const { DuckDBInstance } = createRequire(import.meta.url)(library) as DuckDB
    const connection = await (await DuckDBInstance.create()).connect()
    const read = await connection.runAndReadAll(
      `select sigma, "z[2,1]", divergent__ from read_parquet('${await exported('parquet')}') order by chain, draw`,
    )
    const [sigma, z, divergent] = [0, 1, 2].map(column => read.getRows().map(row => row[column]))
    expect(sigma).toEqual(CHAINS.flatMap(chain => drawnBy(chain).sigma))
    expect(z).toEqual(CHAINS.flatMap(chain => drawnBy(chain).z.filter((_, i) => i % 6 === 3)))
    expect(new Set(divergent)).toEqual(new Set([false]))
  })
})

interface DuckDB {
  readonly DuckDBInstance: {
    create(): Promise<{ connect(): Promise<{ runAndReadAll(sql: string): Promise<{ getRows(): readonly (readonly unknown[])[] }> }> }>
  }
}

describe('the command', () => {
  test('writes nothing but what is asked for, and loads no code of the run', async () => {
    const code = join(run, 'code')
    const poisoned = projectOf(SETTINGS)
    try {
      execFileSync('cp', ['-r', run, join(poisoned.folder, 'copy')])
      for (const digest of execFileSync('ls', [code], { encoding: 'utf8' }).trim().split('\n')) {
        writeFileSync(join(poisoned.folder, 'copy', 'code', digest, 'job.mjs'), 'throw new Error("loaded")')
      }
      writeFileSync(join(poisoned.folder, 'chorale.config.mjs'), 'throw new Error("loaded")')
      const before = execFileSync('find', ['.'], { cwd: poisoned.folder, encoding: 'utf8' }).split('\n')
      const { code: exit, stdout } = await chorale(poisoned, 'export', 'copy', '--format', 'netcdf', '--json')
      const { path, draws } = JSON.parse(stdout) as { readonly path: string; readonly draws: number }
      expect([exit, draws]).toEqual([0, 300])
      const after = execFileSync('find', ['.'], { cwd: poisoned.folder, encoding: 'utf8' }).split('\n')
      expect(after.filter(name => !before.includes(name))).toEqual([`./${path}`])
      expect((await chorale(poisoned, 'show', 'copy', 'sigma')).stdout).toMatch(/^sigma\n {2}mean /)
    } finally {
      poisoned.dispose()
    }
  })

  test('refuses what it cannot do with exit code 2, and says what it can', async () => {
    const unknown = await chorale(project, 'export', run, '--format', 'hdf')
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('netcdf, cmdstan, parquet, arrow, json')])
    const again = await choraleHere(project, 'export', run, '--format', 'json', '--out', await exported('json'))
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('CHORALE_EXPORT_EXISTS')])
    const shard = await choraleHere(project, 'export', run, '--format', 'json', '--shard', '4')
    expect([shard.code, shard.stderr]).toEqual([2, expect.stringContaining('CHORALE_SHARD_UNKNOWN')])
  })

  test('of several shards: the combination, each shard, and what is missing of a damaged one', async () => {
    const { made, path } = await sampled(SETTINGS.replace('shards: 1', 'shards: 2'))
    try {
      const combined = await choraleHere(made, 'show', path, 'mu', '--json')
      expect(JSON.parse(combined.stdout)).toMatchObject({ elements: [{ name: 'mu', chains: 1, rhat: null }] })
      writeFileSync(join(path, 'tasks', 'sample-0001-0', '001', 'draws.bin'), 'x')
      writeFileSync(join(path, 'values', 'sample-0001-0.bin'), 'x')
      const { code, stdout, stderr } = await choraleHere(made, 'export', path, '--format', 'netcdf')
      expect([code, stdout]).toEqual([0, expect.stringMatching(/draws of 1 chain\n$/)])
      expect(stderr).toMatch(/^missing: chain 0 of shard 1: .*draws\.bin has 1 bytes where its record says/m)
      const shard = await choraleHere(made, 'show', path, '--shard', '1')
      expect(Math.max(...shard.stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
    } finally {
      made.dispose()
    }
  })
})
