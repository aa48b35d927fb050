import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Json, JsonObject } from '@chorale/core/contracts'
import { planSettings } from '../../src/start/plan-settings.js'

const request = { draws: 1000, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false }

/** Plans with these files beside the settings. */
async function plan(options: JsonObject, files: Readonly<Record<string, Json>> = {}, chains = 2, more: { readonly warmup?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'chorale-plan-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, value] of Object.entries(files))
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))
  return planSettings({ ...request, ...more, options }, { folder, chains })
}

const errorOf = (options: JsonObject, files: Readonly<Record<string, Json>> = {}) =>
  plan(options, files).then(
    () => {
      throw new Error('it was planned')
    },
    (error: unknown) =>
      error as { readonly code: string; readonly message: string; readonly details: { readonly fix: string; readonly lookedIn?: string } },
  )

describe('the warm-up that is planned', () => {
  it('is 400 iterations for fast adaptation, 1000 for the windows of Stan, or what is asked for', async () => {
    expect((await plan({})).warmup).toBe(400)
    expect((await plan({ adaptation: 'fast' })).warmup).toBe(400)
    expect((await plan({ adaptation: 'stan' })).warmup).toBe(1000)
    expect((await plan({ adaptation: 'stan' }, {}, 2, { warmup: 250 })).warmup).toBe(250)
  })

  it('leaves everything else as it is', async () => {
    const options = { initStrategy: 'median', initRadius: 1 }
    expect(await plan(options)).toEqual({ ...request, warmup: 400, options })
  })
})

describe('initial values', () => {
  it('are flat, row-major, once planned', async () => {
    const { options } = await plan({
      initialValues: {
        mu: 1,
        B: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
    })
    expect(options).toEqual({ initialValues: { mu: 1, B: [1, 2, 3, 4, 5, 6] } })
  })

  it('come from a file as CmdStan has it, for all chains or one entry each', async () => {
    const values = { mu: 1, theta: [0.5, 2] }
    expect((await plan({ initialValues: 'inits.json' }, { 'inits.json': values })).options).toEqual({ initialValues: values })
    const list = [values, { mu: 2 }]
    expect((await plan({ initialValues: 'inits.json' }, { 'inits.json': list })).options).toEqual({ initialValues: list })
    const files = { 'a.json': { mu: 1 }, 'b.json': { mu: [2] } }
    expect((await plan({ initialValues: ['a.json', 'b.json'] }, files)).options).toEqual({ initialValues: [{ mu: 1 }, { mu: [2] }] })
  })

  it('are refused when there are not as many as chains', async () => {
    const { code, message, details } = await errorOf({ initialValues: [{ mu: 1 }, { mu: 2 }, { mu: 3 }] })
    expect(code).toBe('CHORALE_SAMPLER_OPTION')
    expect(message).toContain('3 starts for 2 chains')
    expect(details.fix).toContain('2 entries')
  })

  it.each<[Json, string]>([
    [{ mu: 'one' }, '"mu"'],
    [{ mu: null }, '"mu"'],
    [{ L: [[1, 2], [3]] }, '"L"'],
    [{ L: [[1, 2], 3] }, '"L"'],
    [7, 'no'],
  ])('%j are refused', async (initialValues, named) => {
    const inline = await errorOf({ initialValues })
    expect(inline.code).toBe('CHORALE_SAMPLER_OPTION')
    expect(inline.message).toContain(named)
    const inFile = await errorOf({ initialValues: 'inits.json' }, { 'inits.json': initialValues })
    expect(inFile.code).toBe('CHORALE_SAMPLER_FILE')
    expect(inFile.details.lookedIn).toMatch(/inits\.json$/)
  })

  it('say when their file is missing or not JSON', async () => {
    const missing = await errorOf({ initialValues: 'nowhere.json' })
    expect(missing.code).toBe('CHORALE_SAMPLER_FILE')
    expect(missing.message).toContain('does not exist')
    expect((await errorOf({ initialValues: 'x.json' }, { 'x.json': '{ "mu": NaN }' })).message).toContain('is not JSON')
  })
})

describe('an inverse metric', () => {
  const dense = [
    [2, 1],
    [1, 2],
  ]

  it.each<[string, Json, readonly number[]]>([
    ['of CmdStan, diagonal', { inv_metric: [1, 2, 3] }, [1, 2, 3]],
    ['of CmdStan, dense', { stepsize: 0.5, inv_metric: dense }, [2, 1, 1, 2]],
    ['of a chain.json, diagonal', { format: 1, metric: { kind: 'diagonal', inverse: [4, 5] } }, [4, 5]],
    ['of a chain.json, dense', { format: 1, metric: { kind: 'dense', inverse: [2, 1, 1, 2] } }, [2, 1, 1, 2]],
    ['on its own', [1, 2], [1, 2]],
  ])('file %s', async (_, file, inverseMetric) => {
    expect((await plan({ inverseMetric: 'metric.json' }, { 'metric.json': file })).options).toEqual({ inverseMetric })
  })

  it('may be given in the settings', async () => {
    expect((await plan({ inverseMetric: [1, 2] })).options).toEqual({ inverseMetric: [1, 2] })
    expect((await plan({ inverseMetric: dense })).options).toEqual({ inverseMetric: [2, 1, 1, 2] })
  })

  it.each<[Json, string]>([
    [[1, 0], 'variance 2 is 0'],
    [[1, -3], 'variance 2 is -3'],
    [
      [
        [1, 2, 3],
        [2, 1, 3],
      ],
      '2 x 3',
    ],
    [
      [
        [1, 0.5],
        [0.4, 1],
      ],
      'not symmetric',
    ],
    [
      [
        [1, 2],
        [2, 1],
      ],
      'not positive definite',
    ],
    [[], 'neither a list'],
    [['a'], 'neither a list'],
    [[[[1]]], 'neither a list'],
  ])('%j is refused', async (inverseMetric, reason) => {
    const { code, message } = await errorOf({ inverseMetric })
    expect(code).toBe('CHORALE_SAMPLER_OPTION')
    expect(message).toContain(reason)
  })

  it('file without one is refused', async () => {
    const { code, message } = await errorOf({ inverseMetric: 'chain.json' }, { 'chain.json': { format: 1, metric: { kind: 'low-rank' } } })
    expect(code).toBe('CHORALE_SAMPLER_FILE')
    expect(message).toContain('neither inv_metric nor metric.inverse')
  })
})
