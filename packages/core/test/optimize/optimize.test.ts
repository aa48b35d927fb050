import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { encodeRows, encodeRowsHeader, TaskError, type SamplerDefinition } from '../../src/contracts/index.js'
import { optimizationSchema } from '../../src/optimize/optimization-schema.js'
import { findMode, settingsForDraws, settingsForMode } from '../../src/optimize/optimize.js'
import { readHistory } from '../../src/history/index.js'
import { open } from '../../src/results/index.js'
import { runStatus } from '../../src/watching/run-status.js'
import { writeRunRecord } from '../../src/run-directory/index.js'
import { fileLayer, resolveLayers } from '../../src/settings/parse.js'
import type { LoadedSettings } from '../../src/settings/index.js'
import {
  DEFAULT_MODEL,
  gaussianRun,
  gaussianSampler,
  normalPosterior,
  pooled,
  rowsOf,
  type GaussianRunOptions,
} from '../pipeline/gaussian-run.js'

const ONE = rowsOf([50])

/** The mode of a normal density with independent coordinates, where Newton's method needs one step. */
const newton = (converged: 0 | 1 = 1): SamplerDefinition => ({
  ...gaussianSampler(),
  name: 'optimize',
  async runTask(task, model, data, directory, hooks) {
    const bound = model.bind(data, task.summary)
    const gradient = new Float64Array(bound.dimension)
    const at = (x: number): Float64Array => (
      bound.logDensityInto(gradient, new Float64Array(bound.dimension).fill(x), task.powers),
      gradient.slice()
    )
    const [zero, one] = [at(0), at(1)]
    const mode = zero.map((g, i) => g / (g - one[i]!))
    const density = bound.logDensityInto(gradient, mode, task.powers)
    const stats = { potential_energy: -density, iterations: 12, converged, gradients: 34, starts: 8, found: 6 }
    const write = async (path: string, columns: readonly string[], values: Float64Array) => {
      const bytes = Buffer.concat([encodeRowsHeader(columns), encodeRows(values)])
      await writeFile(join(directory, path), bytes)
      return { path, bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
    }
    const files = [
      await write('draws.bin', ['x0', 'x1', 'g0', 'g1'], Float64Array.of(...mode, ...gradient)),
      await write('stats.bin', Object.keys(stats), Float64Array.from(Object.values(stats))),
    ]
    return { format: 1, task: task.id, attempt: hooks.attempt, files, seconds: 1, node: 'here' }
  },
})
const modeRun = (options: Partial<GaussianRunOptions> = {}) =>
  gaussianRun({ shards: ONE, chains: 1, draws: 1, sampler: newton(), ...options })

describe('the search for a mode', () => {
  test('is one task, and its summary has the constrained mode, its density and what it cost', async () => {
    const { run, ran } = await modeRun({ model: { ...DEFAULT_MODEL, scale: 'positive' } })
    const summary = await findMode(run)
    expect(ran).toEqual(['sample-0000-0'])
    expect(summary).toMatchObject({ dimension: 2, jacobian: false, isConverged: true, starts: 8, found: 6, iterations: 12, gradients: 34 })
    for (const j of [0, 1])
      expect(summary.parameters[`mu[${j + 1}]`]).toBeCloseTo(Math.exp(normalPosterior(DEFAULT_MODEL, pooled(ONE, j)).mean), 10)
    const half = [0, 1]
      .map(j => normalPosterior(DEFAULT_MODEL, pooled(ONE, j)))
      .reduce((total, { mean, sd }) => total + (0.5 * mean * mean) / (sd * sd), 0)
    expect(summary.logDensity).toBeCloseTo(half, 9)
    const text = await readFile(join(run.path, 'results', 'optimize', 'summary.json'), 'utf8')
    expect(optimizationSchema().parse(JSON.parse(text))).toEqual(summary)
  })

  test('leaves a run that is finished and has no posterior', async () => {
    const { run } = await modeRun()
    await writeRunRecord(run.path, run.record)
    expect(await runStatus(run.path)).toMatchObject({ state: 'interrupted' })
    await findMode(run)
    expect(await runStatus(run.path)).toMatchObject({ state: 'finished', verdict: 'a mode, no posterior' })
    const results = await open(run.path)
    expect([results.missing, results.mode?.isConverged]).toEqual([[], true])
    await expect(results.array('mu')).rejects.toMatchObject({ code: 'CHORALE_NO_DRAWS' })
    expect(await readHistory(run.path)).toMatchObject({ combinations: [], missing: [] })
  })

  test('that did not converge says so', async () => {
    const { run } = await modeRun({ sampler: newton(0) })
    await writeRunRecord(run.path, run.record)
    const { isConverged, warnings } = await findMode(run)
    expect([isConverged, warnings]).toEqual([false, [{ code: 'NOT_CONVERGED', message: expect.stringContaining('no mode') }]])
    expect(await runStatus(run.path)).toMatchObject({ verdict: 'the highest point that was reached, no mode and no posterior' })
  })

  test('that fails throws the failure of its task', async () => {
    const failing: SamplerDefinition = {
      ...newton(),
      runTask: () => Promise.reject(new TaskError({ cause: 'start', code: 'CHORALE_MODEL_START', message: 'no start', retryable: false })),
    }
    const { run } = await modeRun({ sampler: failing })
    await expect(findMode(run)).rejects.toMatchObject({ code: 'CHORALE_MODEL_START', message: 'no start' })
  })

  test('that is stopped has no result', async () => {
    const { run } = await modeRun({ signal: AbortSignal.abort('stop') })
    await expect(findMode(run)).rejects.toThrow('not finished')
  })
})

const loaded = (input: object): LoadedSettings => ({
  ...resolveLayers([fileLayer(input as Record<string, unknown>, 'chorale.config.ts')]),
  folder: '/',
})

describe('the settings of a search for a mode', () => {
  test('are those of the run with all rows in one shard, one chain, one draw, and no options of another sampler', () => {
    const { settings } = settingsForMode(
      loaded({ sampling: { chains: 8, draws: 500, seed: 3, metric: 'dense', fixed: { tau: 1 } }, sharding: { shards: 4 } }),
    )
    expect(settings.sampling).toMatchObject({ name: 'optimize', chains: 1, draws: 1, warmup: 0, seed: 3, fixed: { tau: 1 } })
    expect(settings.sampling).not.toHaveProperty('metric')
    expect(settings.sharding.enable).toBe('never')
  })
  test('keep the options of the sampler itself', () => {
    expect(settingsForMode(loaded({ sampling: { name: 'optimize', starts: 3 } })).settings.sampling).toHaveProperty('starts', 3)
  })
  test('are refused for a run that should draw', () => {
    expect(() => settingsForDraws(loaded({ sampling: 'optimize' }))).toThrowError(
      expect.objectContaining({
        code: 'CHORALE_RUN_NOT_SAMPLED',
        details: expect.objectContaining({ fix: expect.stringContaining('chorale optimize') }),
      }) as Error,
    )
    const other = loaded({ sampling: 'laplace' })
    expect(settingsForDraws(other)).toBe(other)
  })
})
