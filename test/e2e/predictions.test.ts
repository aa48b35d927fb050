import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { decodeRowsFile } from '@chorale/core'

import { chorale, REPOSITORY } from './command.js'
import { choraleHere } from './command-here.js'
import { folderWith } from './project.js'
import { onlyRun } from './run-files.js'

const GROUPS = 40
const [COMBINED, JOINT, PREDICTED] = [1000, 120, 60]

/** y ~ Normal(theta of its group, sigma), theta ~ Normal(mu, 1), mu ~ Normal(0, 5), sigma ~ HalfNormal(2). */
const MODEL = `
import { halfNormal, model, normal } from ${JSON.stringify(pathToFileURL(join(REPOSITORY, 'packages/model/dist/index.js')).pathname)}

export default model(({ data, sample, plate, deterministic }) => {
  const group = data.index('group')
  const mu = sample('mu', normal(0, 5))
  const sigma = sample('sigma', halfNormal(2))
  const theta = plate('groups', group, { local: true }, () => {
    const own = sample('theta', normal(mu, 1))
    deterministic('excess', own.sub(mu))
    return own
  })
  plate('rows', data.rows, () => sample('y', normal(theta.at(group), sigma), { observed: data.vector('y') }))
})
`
const ROWS = Array.from({ length: 8 * GROUPS }, (_, i) => `${i % GROUPS},${2 + Math.sin(i % GROUPS) + 1.3 * Math.sin(12.9898 * i)}`)
const SETTINGS = `
model: ./model.mjs
data: { path: data.csv }
backend: cpu
sharding: { shards: 2, strategy: by-group, by: group }
sampling: { chains: 2, warmup: 200, draws: 200, seed: 3 }
combination: { name: consensus, draws: ${COMBINED}, localDraws: ${JOINT} }
output: { predictive: true, predictionDraws: ${PREDICTED} }
`

type Folder = ReturnType<typeof folderWith>
let project: Folder
let run: string
let planned: { readonly diskBytes: number; readonly predictionBytes: number }

const parsed = async (...args: readonly string[]): Promise<unknown> => {
  const { code, stdout, stderr } = await choraleHere(project, ...args)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

beforeAll(async () => {
  project = folderWith({ 'model.mjs': MODEL, 'data.csv': `group,y\n${ROWS.join('\n')}\n`, 'chorale.config.yaml': SETTINGS })
  planned = (await parsed('run', '--dry-run', '--json')) as typeof planned
  await choraleHere(project, 'run')
  run = onlyRun(project)
}, 180_000)
afterAll(() => project.dispose())

test('a plan says within 15 % what its run takes on the disk, values and simulated data included', () => {
  const [used] = execFileSync('du', ['-s', '--block-size=1', run], { encoding: 'utf8' }).split('\t')
  expect(planned.diskBytes / Number(used)).toBeGreaterThan(0.85)
  expect(planned.diskBytes / Number(used)).toBeLessThan(1.15)
  expect(planned.predictionBytes).toBe(8 * PREDICTED * ROWS.length)
})

test('draws of the whole prior of what shards share are recorded', () => {
  const { sites } = JSON.parse(readFileSync(join(run, 'values', 'prior.json'), 'utf8')) as { sites: readonly { readonly name: string }[] }
  expect(sites.map(({ name }) => name)).toEqual(['mu', 'sigma'])
  const draws = decodeRowsFile(readFileSync(join(run, 'values', 'prior.bin'))).values
  const n = draws.length / 2
  const meanOf = (which: number, power: (x: number) => number): number =>
    draws.filter((_, i) => i % 2 === which).reduce((total, x) => total + power(x), 0) / n
  // Normal(0, 5); HalfNormal(2) has mean 2 sqrt(2/pi) and mean square 4, whose variances are 4 (1 - 2/pi) and 32.
  expect(Math.abs(meanOf(0, x => x))).toBeLessThan((4 * 5) / Math.sqrt(n))
  expect(Math.abs(meanOf(0, x => x * x) - 25)).toBeLessThan((4 * 25 * Math.SQRT2) / Math.sqrt(n))
  expect(Math.abs(meanOf(1, x => x) - 2 * Math.sqrt(2 / Math.PI))).toBeLessThan(4 * Math.sqrt((4 * (1 - 2 / Math.PI)) / n))
  expect(Math.abs(meanOf(1, x => x * x) - 4)).toBeLessThan(4 * Math.sqrt(32 / n))
})

test('parameters of groups are shown as they are in the table, with the draws that they have', async () => {
  const { parameters } = (await parsed('show', run, '--json')) as {
    readonly parameters: Readonly<Record<string, { readonly q50: number }>>
  }
  const { elements } = (await parsed('show', run, 'theta[3]', '--json')) as {
    readonly elements: readonly { readonly draws: number; readonly q50: number }[]
  }
  expect(elements).toEqual([expect.objectContaining({ draws: JOINT, q50: parameters['theta[3]']!.q50 })])
  expect((await choraleHere(project, 'show', run, 'excess')).stdout).toContain(`excess[1]\n`)
})

test('what is asked for afterwards is computed afterwards', async () => {
  expect(await parsed('predict', run, '--log-likelihood', '--json')).toEqual([
    { kind: 'logLikelihood', draws: PREDICTED, rows: ROWS.length },
  ])
})

test('more than there is space for is refused, with the number of draws that fits', async () => {
  const { code, stderr } = await chorale(project, 'predict', run, '--predictive', '--space', '100KB', '--draws', '120')
  expect([code, stderr]).toEqual([2, expect.stringContaining('CHORALE_PREDICTIONS_TOO_LARGE')])
  expect(stderr).toContain(`120 x ${ROWS.length} numbers, 308KB; the limit is 100KB`)
  expect(stderr).toContain(`output.predictionDraws: ${Math.floor(100_000 / 8 / ROWS.length)}`)
  const planned = await choraleHere(project, 'run', '--dry-run', '--set', 'output.predictionSpace=100KB')
  expect([planned.code, planned.stderr]).toEqual([2, expect.stringContaining('CHORALE_PREDICTIONS_TOO_LARGE')])
})

const PYTHON = process.env['CHORALE_TEST_PYTHON'] ?? 'python3'
const hasArviz = ((): boolean => {
  try {
    execFileSync(PYTHON, ['-c', 'import arviz, netCDF4, scipy'], { stdio: 'ignore', timeout: 60_000 })
    return true
  } catch {
    return false
  }
})()

describe(`read by ArviZ${hasArviz ? '' : ` (skipped: ${PYTHON} has no arviz, netCDF4 and scipy; name one that has with CHORALE_TEST_PYTHON)`}`, () => {
  const SCRIPT = `
import json, warnings
warnings.simplefilter('ignore')
import arviz, numpy as np
from scipy.stats import norm
i = arviz.from_netcdf('out.nc')
p, ll, y = i.posterior, i.log_likelihood.y, i.posterior_predictive.y
group = i.constant_data.group.values.astype(int)
at = p.sel(draw=ll.draw)
theta, sigma = at.theta.values[:, :, group], at.sigma.values[:, :, None]
z = ((y.values - theta) / sigma).ravel()
loo = arviz.loo(i, var_name='y', reff=1.0)
every = i.combined_posterior.mu.sel(draw=p.draw)
print(json.dumps({ 'sizes': [dict(p.sizes), dict(ll.sizes), dict(y.sizes)], 'groups': p.theta_dim_0.values.tolist(),
  'logLikelihood': float(np.abs(norm.logpdf(i.observed_data.y.values, theta, sigma) - ll.values).max()),
  'excess': float(np.abs(p.theta.values - p.mu.values[:, :, None] - p.excess.values).max()),
  'combined': [i.combined_posterior.sizes['draw'], bool((every.values == p.mu.values).all())],
  'residuals': [len(z), z.mean(), z.std()], 'loo': float(loo.elpd if hasattr(loo, 'elpd') else loo.elpd_loo) }))
`
  test.runIf(hasArviz)('log likelihood, simulated data and local parameters belong to the same draws', async () => {
    await choraleHere(project, 'export', run, '--format', 'netcdf', '--out', 'out.nc')
    const { stdout } = await promisify(execFile)(PYTHON, ['-c', SCRIPT], { cwd: project.folder })
    const read = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
      readonly sizes: readonly Readonly<Record<string, number>>[]
      readonly groups: readonly number[]
      readonly logLikelihood: number
      readonly excess: number
      readonly combined: readonly [number, boolean]
      readonly residuals: readonly [number, number, number]
      readonly loo: number
    }
    const rows = { chain: 1, draw: PREDICTED, row: ROWS.length }
    expect(read.sizes).toEqual([{ chain: 1, draw: JOINT, theta_dim_0: GROUPS, excess_dim_0: GROUPS }, rows, rows])
    expect(read.groups).toEqual(Array.from({ length: GROUPS }, (_, group) => group))
    expect(read.logLikelihood).toBeLessThan(1e-12)
    expect(read.excess).toBe(0)
    expect(read.combined).toEqual([COMBINED, true])
    // Simulated data are normal around the draws that they were simulated at.
    const [count, mean, sd] = read.residuals
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(count))
    expect(Math.abs(sd - 1)).toBeLessThan(4 / Math.sqrt(2 * count))
    expect(read.loo).toBeLessThan(0)
  })
})
