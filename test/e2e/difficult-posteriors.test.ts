import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { decodeRowsFile } from '@chorale/core'
import { describe, expect, onTestFinished, test } from 'vitest'

import { choraleHere } from './command-here.js'
import { folderWith } from './project.js'
import { attemptsOf, onlyRun, summaryOf } from './run-files.js'

/**
 * Neal's funnel: logScale ~ Normal(0, 3), x[i] ~ Normal(0, exp(logScale / 2)) for as many i as there are rows. Where it is not centred, the coordinates
 * are x / exp(logScale / 2).
 */
const funnel = (centred: boolean): string => `
export default {
  rows: 'joint',
  dataNames: ['row'],
  bind(data) {
    const n = data.rows
    return {
      parameters: [
        { name: 'logScale', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
        { name: 'x', shape: [n], support: 'real', scope: 'global', offset: 1, size: n },
      ],
      dimension: n + 1,
      logDensityInto(g, q, { prior }) {
        const precision = ${centred ? 'Math.exp(-q[0])' : '1'}
        let squares = 0
        for (let i = 1; i <= n; i++) {
          g[i] = -prior * q[i] * precision
          squares += q[i] * q[i] * precision
        }
        g[0] = prior * (-q[0] / 9 ${centred ? '+ 0.5 * (squares - n)' : ''})
        return prior * (-q[0] * q[0] / 18 - 0.5 * squares ${centred ? '- 0.5 * n * q[0]' : ''})
      },
      constrainInto(values, q) {
        for (let i = 0; i <= n; i++) values[i] = q[i] * ${centred ? '1' : '(i > 0 ? Math.exp(q[0] / 2) : 1)'}
      },
      unconstrainInto(q, values) {
        for (let i = 0; i <= n; i++) q[i] = values[i] / ${centred ? '1' : '(i > 0 ? Math.exp(values[0] / 2) : 1)'}
      },
    }
  },
}
`

/** Effects of coaching in eight schools (Rubin 1981), centred: mu ~ Normal(0, 5), tau ~ half-Cauchy(5), theta ~ Normal(mu, tau), y ~ Normal(theta, sigma). */
const EIGHT_SCHOOLS = `
export default {
  rows: 'joint',
  dataNames: ['y', 'sigma'],
  bind(data) {
    const y = data.column('y')
    const sigma = data.column('sigma')
    const n = data.rows
    return {
      parameters: [
        { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
        { name: 'tau', shape: [], support: 'positive', scope: 'global', offset: 1, size: 1 },
        { name: 'theta', shape: [n], support: 'real', scope: 'global', offset: 2, size: n },
      ],
      dimension: n + 2,
      logDensityInto(g, q, { prior, likelihood, jacobian }) {
        const mu = q[0]
        const tau = Math.exp(q[1])
        const ratio = tau * tau / 25
        let logPrior = -mu * mu / 50 - Math.log1p(ratio) - n * q[1]
        let logLikelihood = 0
        g[0] = -prior * mu / 25
        g[1] = prior * (-2 * ratio / (1 + ratio) - n) + jacobian
        for (let i = 0; i < n; i++) {
          const z = (q[2 + i] - mu) / tau
          const residual = (y[i] - q[2 + i]) / sigma[i]
          logPrior -= 0.5 * z * z
          logLikelihood -= 0.5 * residual * residual
          g[0] += prior * z / tau
          g[1] += prior * z * z
          g[2 + i] = likelihood * residual / sigma[i] - prior * z / tau
        }
        return prior * logPrior + likelihood * logLikelihood + jacobian * q[1]
      },
      constrainInto(values, q) {
        values.set(q)
        values[1] = Math.exp(q[1])
      },
      unconstrainInto(q, values) {
        q.set(values)
        q[1] = Math.log(values[1])
      },
    }
  },
}
`

const FUNNEL_DATA = `row\n${Array.from({ length: 9 }, (_, row) => row).join('\n')}\n`
const SCHOOLS_DATA = 'y,sigma\n28,15\n8,10\n-3,16\n7,11\n-1,9\n1,11\n18,10\n12,18\n'
const SETTINGS = 'model: ./model.mjs\ndata: { path: data.csv }\nbackend: cpu\nsampling: { chains: 4, draws: 1000, seed: 1 }\n'

function projectOf(model: string, data: string): { readonly folder: string } {
  const { folder, dispose } = folderWith({ 'model.mjs': model, 'data.csv': data, 'chorale.config.yaml': SETTINGS })
  onTestFinished(dispose)
  return { folder }
}

const codes = (run: string): readonly string[] => summaryOf(run).warnings.map(({ code }) => code)

describe("Neal's funnel", () => {
  test('centred, is flagged: its chains run again, and what they show is not called right', async () => {
    const where = projectOf(funnel(true), FUNNEL_DATA)
    await choraleHere(where, 'run')
    const run = onlyRun(where)
    expect(codes(run)).toEqual(expect.arrayContaining(['RESTARTED', 'RHAT', 'EBFMI']))
    expect(summaryOf(run)).toMatchObject({
      verification: { verdict: expect.stringMatching(/^unreliable/) as string },
      shards: [{ restarts: expect.any(Number) as number }],
    })
  })

  test('non-centred, is right, and nothing is flagged', async () => {
    const where = projectOf(funnel(false), FUNNEL_DATA)
    expect(await choraleHere(where, 'run')).toMatchObject({ code: 0 })
    const { parameters, warnings, verification } = summaryOf(onlyRun(where))
    expect({ warnings, verdict: verification.verdict }).toEqual({ warnings: [], verdict: 'exact' })
    const { mean, mcseMean } = parameters['logScale']!
    expect(Math.abs(mean) / mcseMean!).toBeLessThan(4)
  })
})

describe('centred eight schools', () => {
  const LIMIT = 0.0005

  test('run again, all chains of the shard, with the windows of Stan and rising target acceptance, and the report stays', async () => {
    const where = projectOf(EIGHT_SCHOOLS, SCHOOLS_DATA)
    await choraleHere(where, 'run', '--set', `validation.maxDivergenceRate=${LIMIT}`)
    const run = onlyRun(where)
    const [shard] = summaryOf(run).shards
    expect(shard!.restarts).toBeGreaterThan(1)
    expect(shard!.restarted).toHaveLength(shard!.restarts)
    const { restarted } = shard!
    expect(restarted.map(({ restart, targetAcceptProb, warmup }) => ({ restart, targetAcceptProb, warmup }))).toEqual(
      restarted.map((_, k) => ({ restart: k + 1, targetAcceptProb: [0.9, 0.95, 0.99][k], warmup: 1000 })),
    )
    for (const { divergences } of restarted) expect(divergences).toBeGreaterThan(LIMIT * 4000)
    expect(codes(run).filter(code => code === 'RESTARTED')).toHaveLength(shard!.restarts)
    expect(attemptsOf(run)).toHaveLength(4 * (1 + shard!.restarts))
  })

  // P(tau < 1) by quadrature over tau is .204; 30 shards of 4 chains each, so that the mean of the estimates is good to about .01.
  test.skipIf(process.env['CHORALE_LONG_TESTS'] !== '1')(
    'come nearer to small scales when they may run again',
    { timeout: 3_600_000 },
    async () => {
      const SMALL = 0.204
      const estimate = async (seed: number, restarts: number): Promise<number> => {
        const where = projectOf(EIGHT_SCHOOLS, SCHOOLS_DATA)
        const settings = [`validation.maxDivergenceRate=0.005`, `sampling.restarts=${restarts}`]
        await choraleHere(where, 'run', '--seed', String(seed), ...settings.flatMap(setting => ['--set', setting]))
        return smallScales(onlyRun(where))
      }
      const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length
      const [without, withRestarts]: [number[], number[]] = [[], []]
      for (let seed = 1; seed <= 30; seed++) {
        without.push(await estimate(seed, 0))
        withRestarts.push(await estimate(seed, 3))
      }
      console.log(`P(tau < 1) is ${SMALL}; without restarts ${mean(without).toFixed(3)}, with restarts ${mean(withRestarts).toFixed(3)}`)
      expect(mean(without)).toBeLessThan(SMALL)
      expect(Math.abs(mean(withRestarts) - SMALL)).toBeLessThan(Math.abs(mean(without) - SMALL))
    },
  )
})

/** Share of draws with tau < 1 in the last chains of the only shard. */
function smallScales(run: string): number {
  const last = summaryOf(run).shards[0]!.restarts
  const tasks = attemptsOf(run).filter(name => (last === 0 ? /^sample-0000-\d\// : new RegExp(`^sample-0000-\\d-r${last}/`)).test(name))
  const shares = tasks.map(name => {
    const { rows, values, header } = decodeRowsFile(readFileSync(join(run, 'tasks', name, 'draws.bin')))
    const width = header.columns.length
    return Array.from({ length: rows }, (_, row) => Number(values[row * width + 1]! < 0)).reduce((sum, x) => sum + x, 0) / rows
  })
  if (shares.length !== 4) throw new Error(`4 chains were expected in ${attemptsOf(run).join(', ')}`)
  return shares.reduce((sum, x) => sum + x, 0) / shares.length
}
