import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Model, RunEvent } from '@chorale/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { defineConfig, run } from '../src/index.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chorale-run-'))
})
afterAll(() => rm(folder, { recursive: true }))

const Y = Array.from({ length: 200 }, (_, i) => 3 + Math.sin(i * i))

/** y[i] ~ Normal(mu, 1), mu ~ Normal(0, 10): the posterior is normal with precision n + 1/100. */
const mean: Model = {
  rows: 'independent',
  dataNames: ['y'],
  bind(data) {
    const y = data.column('y')
    return {
      dimension: 1,
      parameters: [{ name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 }],
      logDensityInto(gradient, position, powers) {
        const mu = position[0]!
        let [logLikelihood, slope] = [0, 0]
        for (const value of y) {
          logLikelihood -= 0.5 * (value - mu) * (value - mu)
          slope += value - mu
        }
        gradient[0] = powers.likelihood * slope - powers.prior * (mu / 100)
        return powers.likelihood * logLikelihood - powers.prior * ((mu * mu) / 200)
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }
  },
}

const config = defineConfig({
  model: mean,
  data: { columns: { y: Y } },
  backend: 'cpu',
  sampling: { chains: 2, warmup: 200, draws: 500, seed: 3 },
  validation: { minEss: 100 },
})

describe('run()', () => {
  it('gives the posterior, within its Monte Carlo error', async () => {
    const outcome = await run(config, { folder })
    if (outcome.status !== 'completed') throw new Error(outcome.status)
    const { mean: estimate, mcseMean, sd } = outcome.summary.parameters['mu']!
    if (mcseMean === null) throw new Error('a single shard has a Monte Carlo error')
    const precision = Y.length + 1 / 100
    expect(Math.abs(estimate - Y.reduce((sum, y) => sum + y, 0) / precision)).toBeLessThan(4 * mcseMean)
    // The standard error of a standard deviation is about sd / sqrt(2 ess).
    expect(Math.abs(sd * Math.sqrt(precision) - 1)).toBeLessThan((4 * mcseMean) / sd)
  })

  it('writes below the folder that it is given', async () => {
    const outcome = await run(config, { folder })
    expect(outcome.path.startsWith(join(folder, 'runs'))).toBe(true)
    expect(await readdir(outcome.path)).toContain('summary.json')
  })

  it('tells an observer the plan and the end of every chain', async () => {
    const events: RunEvent[] = []
    await run(config, { folder, observe: event => events.push(event) })
    expect(events.find(event => event.type === 'plan')).toMatchObject({ plan: { backend: 'cpu', rows: 200, shards: 1, chains: 2 } })
    expect(events.filter(event => event.type === 'task' && event.event.type === 'completed')).toHaveLength(2)
  })

  it('stops on request, with the folder that a resume needs', async () => {
    const stop = new AbortController()
    const observe = (event: RunEvent): void => {
      if (event.type === 'task') stop.abort('stop')
    }
    const long = { ...config, sampling: { chains: 1, warmup: 100, draws: 1_000_000 } }
    const outcome = await run(long, { folder, signal: stop.signal, observe })
    expect(outcome.status).toBe('stopped')
    expect(await readdir(outcome.path)).toContain('run.json')
  })

  it('rejects settings that do not exist with the nearest ones', async () => {
    const misspelt = { ...config, sampling: undefined, samplng: {} }
    await expect(run(misspelt as never, { folder })).rejects.toMatchObject({ code: 'CHORALE_SETTINGS_UNKNOWN_KEY' })
  })
})
