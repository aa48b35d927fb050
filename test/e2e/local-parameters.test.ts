import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { decodeRowsFile, type RunRecord, type Summary } from '../../packages/core/dist/index.js'
import { REPOSITORY } from './command.js'
import { choraleHere } from './command-here.js'
import { folderWith, type Files } from './project.js'
import { onlyRun, summaryOf } from './run-files.js'

const GROUPS = 80
const SHARDS = 5

/** y ~ Normal(theta of its group, 1), theta ~ Normal(mu, tau), mu ~ Normal(0, 5), log tau ~ Normal(0, 1). */
const MODEL = `
import { logNormal, model, normal } from ${JSON.stringify(pathToFileURL(join(REPOSITORY, 'packages/model/dist/index.js')).pathname)}

export default model(({ data, sample, plate, deterministic }) => {
  const group = data.index('group')
  const mu = sample('mu', normal(0, 5))
  const tau = sample('tau', logNormal(0, 1))
  const theta = plate('groups', group, { local: true }, () => {
    const own = sample('theta', normal(mu, tau))
    deterministic('excess', own.sub(mu))
    return own
  })
  deterministic('variance', tau.square())
  plate('rows', data.rows, () => sample('y', normal(theta.at(group), 1), { observed: data.vector('y') }))
})
`

/** Numbers in (0, 1) that look random, the same on every machine. */
function hashed(i: number): number {
  let x = Math.imul(i + 1, 0x9e3779b1)
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32 + 2 ** -33
}
/** Box & Muller (1958). */
const normalAt = (i: number): number => Math.sqrt(-2 * Math.log(hashed(2 * i))) * Math.cos(2 * Math.PI * hashed(2 * i + 1))

interface Row {
  readonly group: number
  readonly y: number
}
const ROWS: readonly Row[] = Array.from({ length: GROUPS }, (_, group) => {
  const theta = 2 + 0.8 * normalAt(group)
  return Array.from({ length: 3 + (group % 6) }, (__, i): Row => ({ group, y: theta + normalAt(1000 + 10 * group + i) }))
}).flat()

const SETTINGS = `
model: ./model.mjs
data: { path: data.csv }
backend: cpu
sharding: { shards: ${SHARDS}, strategy: by-group, by: group }
sampling: { chains: 4, warmup: 500, draws: 1000, seed: 3 }
combination: { name: consensus, localDraws: 1000 }
`
const FILES: Files = {
  'model.mjs': MODEL,
  'data.csv': `y,group\n${ROWS.map(({ y, group }) => `${y},${group}`).join('\n')}\n`,
  'chorale.config.yaml': SETTINGS,
}

interface Moments {
  readonly mean: number
  readonly sd: number
}

const sizes = Array.from({ length: GROUPS }, (_, group) => ROWS.filter(row => row.group === group).length)
const averages = sizes.map((size, group) => ROWS.filter(row => row.group === group).reduce((sum, { y }) => sum + y, 0) / size)

/** Given tau, mu is normal whatever the groups: its mean and variance, and the log density of log tau, with the prior to this power. */
function givenTau(logTau: number, groups: readonly number[], power: number) {
  const variances = groups.map(group => Math.exp(2 * logTau) + 1 / sizes[group]!)
  const precision = power / 25 + variances.reduce((sum, v) => sum + 1 / v, 0)
  const mean = variances.reduce((sum, v, i) => sum + averages[groups[i]!]! / v, 0) / precision
  const ofGroups = variances.reduce((sum, v, i) => sum - 0.5 * (Math.log(v) + (averages[groups[i]!]! * averages[groups[i]!]!) / v), 0)
  const logDensity = -0.5 * power * logTau * logTau + ofGroups - 0.5 * Math.log(precision) + 0.5 * precision * mean * mean
  return { mean, variance: 1 / precision, logDensity }
}

/** Expectations over log tau by quadrature, from the log density at each point of a grid. */
function quadrature(groups: readonly number[], power: number) {
  const grid = Array.from({ length: 1601 }, (_, i) => -5 + i / 200)
  const given = grid.map(logTau => givenTau(logTau, groups, power))
  const largest = Math.max(...given.map(({ logDensity }) => logDensity))
  const weights = given.map(({ logDensity }) => Math.exp(logDensity - largest))
  const total = weights.reduce((a, b) => a + b, 0)
  const expectation = (of: (logTau: number, mu: { readonly mean: number; readonly variance: number }) => number): number =>
    weights.reduce((sum, weight, i) => sum + (weight / total) * of(grid[i]!, given[i]!), 0)
  return expectation
}

type Given = (logTau: number, mu: { readonly mean: number; readonly variance: number }) => Moments

/** Of a mixture over tau of normals. */
function mixture(expectation: ReturnType<typeof quadrature>, given: Given): Moments {
  const mean = expectation((logTau, mu) => given(logTau, mu).mean)
  const square = expectation((logTau, mu) => given(logTau, mu).mean ** 2 + given(logTau, mu).sd ** 2)
  return { mean, sd: Math.sqrt(square - mean * mean) }
}

const ALL = Array.from({ length: GROUPS }, (_, group) => group)
const posterior = quadrature(ALL, 1)
const MU = mixture(posterior, (_, { mean, variance }) => ({ mean, sd: Math.sqrt(variance) }))
const LOG_TAU = mixture(posterior, logTau => ({ mean: logTau, sd: 0 }))
const THETA = ALL.map(group =>
  mixture(posterior, (logTau, mu) => {
    const between = Math.exp(-2 * logTau)
    const precision = sizes[group]! + between
    const mean = (sizes[group]! * averages[group]! + between * mu.mean) / precision
    return { mean, sd: Math.sqrt(1 / precision + (between / precision) ** 2 * mu.variance) }
  }),
)

/** What the product of the Gaussian approximations of the shards tends to, for mu and log tau: each shard's two means and covariances by quadrature. */
function productOfGaussians(shards: readonly (readonly number[])[]): { readonly mu: Moments; readonly logTau: Moments } {
  const natural = [0, 0, 0, 0, 0]
  for (const groups of shards) {
    const expectation = quadrature(groups, 1 / shards.length)
    const [a, b] = [expectation((_, mu) => mu.mean), expectation(logTau => logTau)]
    const va = expectation((_, mu) => mu.variance + mu.mean ** 2) - a * a
    const vb = expectation(logTau => logTau ** 2) - b * b
    const c = expectation((logTau, mu) => logTau * mu.mean) - a * b
    const determinant = va * vb - c * c
    const [pa, pc, pb] = [vb / determinant, -c / determinant, va / determinant]
    ;[pa, pc, pb, pa * a + pc * b, pc * a + pb * b].forEach((value, i) => (natural[i]! += value))
  }
  const [pa, pc, pb, ha, hb] = natural as [number, number, number, number, number]
  const determinant = pa * pb - pc * pc
  return {
    mu: { mean: (pb * ha - pc * hb) / determinant, sd: Math.sqrt(pb / determinant) },
    logTau: { mean: (pa * hb - pc * ha) / determinant, sd: Math.sqrt(pa / determinant) },
  }
}

const momentsOf = (values: readonly number[]): Moments => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  return { mean, sd: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1)) }
}

/** Largest |mean - truth| in posterior sd, and the extreme ratios of standard deviations. */
function localErrors(found: readonly Moments[]) {
  const ratios = found.map(({ sd }, group) => sd / THETA[group]!.sd)
  return {
    shift: Math.max(...found.map(({ mean }, group) => Math.abs(mean - THETA[group]!.mean) / THETA[group]!.sd)),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    median: ratios.toSorted((a, b) => a - b)[GROUPS / 2]!,
  }
}

describe('80 groups in 5 shards', () => {
  const { folder, dispose } = folderWith(FILES)
  let summary: Summary
  let path: string
  let record: RunRecord
  let warned: string
  beforeAll(async () => {
    const { code, stdout, stderr } = await choraleHere({ folder }, 'run')
    expect(code, stderr).toBe(0)
    path = onlyRun({ folder })
    summary = summaryOf(path) as Summary
    record = JSON.parse(readFileSync(join(path, 'run.json'), 'utf8')) as RunRecord
    warned = stdout
  })
  afterAll(dispose)

  const groupsOf = (shard: number): readonly number[] =>
    record.plan.shards[shard]!.parameters!.find(({ name }) => name === 'theta')!.levels![0]!
  const theta = (): readonly Moments[] => ALL.map(group => summary.parameters[`theta[${group + 1}]`]!)

  test('have the names that one shard gives them, in the order of the data set', () => {
    const named = (site: string): string[] => ALL.map(group => `${site}[${group + 1}]`)
    expect(Object.keys(summary.parameters)).toEqual(['mu', 'tau', ...named('theta'), ...named('excess'), 'variance'])
    expect(summary.locals).toEqual({ method: 'conditional', draws: 1000 })
    expect(record.plan.shards.flatMap((_, shard) => groupsOf(shard)).toSorted((a, b) => a - b)).toEqual(ALL)
  })

  test('have means and standard deviations of the posterior of all rows', () => {
    const { shift, least, most } = localErrors(theta())
    expect(shift).toBeLessThan(0.15)
    // A standard deviation of 1000 draws is known to 2.2 %, and 80 of them are looked at: 3.5 standard errors.
    const bound = 0.07 + 1 / Math.sqrt(2 * 1000)
    expect([least > 1 - bound, most < 1 + bound]).toEqual([true, true])
    expect(Math.abs(localErrors(theta()).median - 1)).toBeLessThan(0.07)
  })

  test('are not what their shards drew: that would fail the same bounds', () => {
    const own: Moments[] = []
    for (let shard = 0; shard < SHARDS; shard++) {
      const { offset, levels } = record.plan.shards[shard]!.parameters!.find(({ name }) => name === 'theta')!
      const chains = Array.from({ length: 4 }, (_, chain) =>
        decodeRowsFile(readFileSync(join(path, 'tasks', `sample-000${shard}-${chain}`, '001', 'draws.bin'))),
      )
      levels![0]!.forEach((group, i) => {
        const values = chains.flatMap(({ values: rows, rows: count, header: { columns } }) =>
          Array.from({ length: count }, (_, row) => rows[row * columns.length + offset + i]!),
        )
        own[group] = momentsOf(values)
      })
    }
    expect(localErrors(own).shift).toBeGreaterThan(0.3)
  })

  test('have global parameters that are those of the product of the shards, by quadrature', () => {
    const limit = productOfGaussians(Array.from({ length: SHARDS }, (_, shard) => groupsOf(shard)))
    const { values, rows } = decodeRowsFile(readFileSync(join(path, 'results', 'consensus', 'draws.bin')))
    const logTau = momentsOf(Array.from({ length: rows }, (_, row) => values[2 * row + 1]!))
    const { mu, tau } = summary.parameters
    const within = (found: number, truth: Moments, mcse: number): void =>
      expect(Math.abs(found - truth.mean)).toBeLessThan(0.15 * truth.sd + 2 * mcse)
    within(mu!.mean, limit.mu, mu!.mcseMean!)
    within(logTau.mean, limit.logTau, tau!.mcseMean! / tau!.mean)
    expect([mu!.sd / limit.mu.sd, logTau.sd / limit.logTau.sd].every(ratio => Math.abs(ratio - 1) < 0.07)).toBe(true)
    // That product is itself off where 16 groups a shard say little about tau.
    const bias = Math.max(Math.abs(limit.mu.mean - MU.mean) / MU.sd, Math.abs(limit.logTau.mean - LOG_TAU.mean) / LOG_TAU.sd)
    expect(bias).toBeLessThan(0.5)
    expect(warned.replaceAll(/\n {9}/g, ' ')).toContain('Warning  LOCAL_GROUPS: shard')
  })

  test('are not verified, because global parameters have no density of their own', () => {
    expect(summary.verification).toMatchObject({ paretoK: null, maxShift: null })
    expect(summary.verification.verdict).not.toBe('exact')
    expect(readdirSync(path)).not.toContain('evaluations')
  })

  test('are drawn once for equal combined draws, and again for others, without sampling', async () => {
    const tasks = () => readdirSync(join(path, 'tasks')).filter(name => name.startsWith('conditional')).length
    expect((await choraleHere({ folder }, 'combine', path)).code).toBe(0)
    expect(tasks()).toBe(SHARDS)
    expect((await choraleHere({ folder }, 'combine', path, '--draws', '1000')).code).toBe(0)
    expect(tasks()).toBe(2 * SHARDS)
    const other = summaryOf(path) as Summary
    expect(other.shards.map(({ seconds }) => seconds)).toEqual(summary.shards.map(({ seconds }) => seconds))
    expect(localErrors(ALL.map(group => other.parameters[`theta[${group + 1}]`]!)).shift).toBeLessThan(0.2)
  })

  test('are left out, and drawn again for fewer draws, when a combination says so', async () => {
    expect((await choraleHere({ folder }, 'combine', path, '--locals', 'skip')).code).toBe(0)
    const without = summaryOf(path) as Summary
    expect(without.locals).toEqual({ method: 'skip', draws: 0 })
    expect(Object.keys(without.parameters)).toEqual(['mu', 'tau', 'variance'])
    expect((await choraleHere({ folder }, 'combine', path, '--locals', 'conditional', '--local-draws', '200')).code).toBe(0)
    const drawn = summaryOf(path) as Summary
    expect(drawn.locals).toEqual({ method: 'conditional', draws: 200 })
    expect(localErrors(ALL.map(group => drawn.parameters[`theta[${group + 1}]`]!)).shift).toBeLessThan(0.15 + 5 / Math.sqrt(200))
  })

  test('are refused by a combiner that wants the density of the posterior', async () => {
    const { code, stderr } = await choraleHere({ folder }, 'combine', path, '--combiner', 'amis')
    expect([code, stderr]).toEqual([2, expect.stringMatching(/CHORALE_LOCAL_PARAMETERS|CHORALE_COMBINER_(UNKNOWN|NOT_INSTALLED)/)])
  })
})

test('with the spread of the groups fixed everything is Gaussian, and the global mean is exact', async () => {
  const { folder, dispose } = folderWith(FILES)
  onTestFinished(dispose)
  const { code, stderr } = await choraleHere({ folder }, 'run', '--set', 'sampling.fixed.tau=0.8', '--set', 'combination.locals=transport')
  expect(code, stderr).toBe(0)
  const { parameters, locals, warnings } = summaryOf(onlyRun({ folder })) as Summary
  const { mean, variance } = givenTau(Math.log(0.8), ALL, 1)
  const { mu } = parameters
  expect(Math.abs(mu!.mean - mean) / Math.sqrt(variance)).toBeLessThan(0.15 + (4 * mu!.mcseMean!) / Math.sqrt(variance))
  expect(Math.abs(mu!.sd / Math.sqrt(variance) - 1)).toBeLessThan(0.07)
  expect(locals).toEqual({ method: 'transport', draws: 1000 })
  expect(warnings.map(warning => warning.code)).toContain('LOCALS_TRANSPORTED')
  for (const group of ALL) {
    const precision = sizes[group]! + 1 / 0.64
    const own = {
      mean: (sizes[group]! * averages[group]! + mean / 0.64) / precision,
      sd: Math.sqrt(1 / precision + variance / (0.64 * precision) ** 2),
    }
    const found = parameters[`theta[${group + 1}]`]!
    expect(Math.abs(found.mean - own.mean) / own.sd, `theta[${group + 1}]`).toBeLessThan(0.15)
  }
})
