import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NUTS_EXTRA_FIELDS, NUTS_MORE_FIELDS } from '@chorale/core/contracts'
import { foldIn, prngKey } from '@chorale/random'
import { decodeCheckpoint } from '../../src/chain/checkpoint.js'
import plugin, { nuts } from '../../src/index.js'
import { createChain, moveChain } from '../../src/chain/chain.js'
import { idlePacer, targetOf, unitMetric } from '../chains.js'
import { eightSchools, funnel, independentNormals, vectorModel } from '../densities.js'
import { mean } from '../monte-carlo.js'
import { attemptDirectory, runSample, sampleTask } from '../run-task.js'

const schools = vectorModel(10, eightSchools)
const noRows = { rows: 0, column: () => new Float64Array() }
const quiet = { attempt: 1, emit: () => undefined, shouldStop: () => false }
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('the plugin', () => {
  it('is data that names the sampler', () => {
    expect(plugin).toMatchObject({ name: '@chorale/sampler', apiVersion: 1, samplers: expect.arrayContaining([nuts]) })
    expect(nuts.extraFields).toEqual([...NUTS_EXTRA_FIELDS, ...NUTS_MORE_FIELDS])
  })
})

describe('the files of a chain', () => {
  it('are named in the result with their size and digest', async () => {
    const { result, directory } = await runSample(schools, sampleTask({ warmup: 100, draws: 120 }))
    expect(result.files.map(file => file.path)).toEqual(['draws.bin', 'stats.bin', 'chain.json', 'chain.ckpt'])
    for (const { path, bytes, digest } of result.files) {
      expect(statSync(join(directory, path)).size).toBe(bytes)
      expect(sha256(join(directory, path))).toBe(digest)
    }
    expect(result).toMatchObject({ format: 1, task: 'sample-0000-0', attempt: 1 })
  })

  it('hold every kept draw with the gradient of the log density there', async () => {
    const { positions, gradients } = await runSample(schools, sampleTask({ warmup: 100, draws: 120 }))
    expect(positions).toHaveLength(120)
    const expected = new Float64Array(10)
    positions.forEach((position, i) => {
      eightSchools(expected, position)
      expect(gradients[i]).toEqual(expected)
    })
  })

  it('hold statistics that agree with the draws', async () => {
    const { positions, statistics } = await runSample(schools, sampleTask({ warmup: 200, draws: 300 }))
    const scratch = new Float64Array(10)
    const kinetic = statistics.energy!.map((energy, i) => energy - statistics.potential_energy![i]!)
    positions.forEach((position, i) => expect(statistics.potential_energy![i]).toBe(-eightSchools(scratch, position)))
    expect(kinetic.every(k => k > 0)).toBe(true)
    // The kinetic energy is chi-square with d = 10 degrees of freedom, halved: mean 5, variance 5.
    expect(Math.abs(mean(kinetic) - 5)).toBeLessThan(4 * Math.sqrt(5 / 100))
    statistics.num_steps!.forEach((steps, i) => expect(steps).toBeLessThan(2 ** (statistics.tree_depth![i]! + 1)))
    expect(new Set(statistics.step_size).size).toBe(1)
    expect(statistics.accept_prob!.every(p => p > 0 && p <= 1)).toBe(true)
  })

  it('include a checkpoint of the state after the last draw', async () => {
    const outcome = await runSample(schools, sampleTask({ warmup: 100, draws: 60, options: { metric: 'dense' } }))
    const checkpoint = decodeCheckpoint(readFileSync(join(outcome.directory, 'chain.ckpt')))
    expect(checkpoint.iteration).toBe(160)
    expect([...checkpoint.vectors['position']!]).toEqual([...outcome.positions.at(-1)!])
    expect(checkpoint.files).toEqual(outcome.result.files.slice(0, 2))
  })

  it('are as readable as their folder, whatever the umask: another of the group may go on', async () => {
    const { attempt } = attemptDirectory('sample-0000-0')
    chmodSync(attempt, 0o770)
    const before = process.umask(0o077)
    try {
      await nuts.runTask(sampleTask({ warmup: 20, draws: 5, options: { checkpointSeconds: 0 } }), schools, noRows, attempt, quiet)
    } finally {
      process.umask(before)
    }
    expect(readdirSync(attempt)).toContain('chain.ckpt.previous')
    for (const name of readdirSync(attempt)) expect([name, statSync(join(attempt, name)).mode & 0o777]).toEqual([name, 0o660])
  })

  it('are never written over another writer', async () => {
    const { attempt } = attemptDirectory('sample-0000-0')
    writeFileSync(join(attempt, 'draws.bin'), 'of another attempt')
    const hooks = { attempt: 1, emit: () => undefined, shouldStop: () => false }
    const data = { rows: 0, column: () => new Float64Array() }
    await expect(nuts.runTask(sampleTask({ warmup: 20, draws: 5 }), schools, data, attempt, hooks)).rejects.toMatchObject({
      failure: { cause: 'environment', code: 'CHORALE_ATTEMPT_NOT_WRITTEN', retryable: true },
    })
    expect(readFileSync(join(attempt, 'draws.bin'), 'utf8')).toBe('of another attempt')
  })

  it('fail with the directory named when it is gone', async () => {
    const missing = join(attemptDirectory('sample-0000-0').run, 'missing')
    const hooks = { attempt: 1, emit: () => undefined, shouldStop: () => false }
    const data = { rows: 0, column: () => new Float64Array() }
    await expect(nuts.runTask(sampleTask({ warmup: 20, draws: 5 }), schools, data, missing, hooks)).rejects.toThrow(missing)
    mkdirSync(missing)
  })
})

describe('draws', () => {
  const digests = async (key = prngKey(1)) =>
    (await runSample(schools, sampleTask({ warmup: 150, draws: 130 }, key))).result.files
      .filter(file => file.path !== 'chain.json')
      .map(file => file.digest)

  it('are bit-identical for the same key', async () => {
    expect(await digests()).toEqual(await digests())
  })

  it('differ between chains', async () => {
    expect((await digests(foldIn(prngKey(1), 0)))[0]).not.toBe((await digests(foldIn(prngKey(1), 1)))[0])
  })

  it('do not depend on how often the event loop gets control', async () => {
    const slowly = vectorModel(10, (gradient, x) => {
      const until = performance.now() + 0.2
      while (performance.now() < until);
      return eightSchools(gradient, x)
    })
    const task = sampleTask({ warmup: 30, draws: 20 })
    expect((await runSample(slowly, task)).result.files[0]).toEqual((await runSample(schools, task)).result.files[0])
  })
})

describe('trajectories', () => {
  it('of full depth d have 2^d - 1 steps and tree depth d', async () => {
    const ones = Array.from({ length: 3 }, () => 1)
    const chain = createChain(targetOf(3, independentNormals(ones)), new Float64Array(3), prngKey(1), idlePacer(), {
      maxTreeDepth: 5,
      metric: unitMetric(3),
    })
    chain.trajectory.stepSize = 1e-3
    for (let i = 0; i < 20; i++) {
      await moveChain(chain, i)
      expect(chain.transition).toMatchObject({ steps: 31, treeDepth: 5, diverging: false })
    }
  })

  it('never exceed the greatest depth', async () => {
    const { statistics } = await runSample(schools, sampleTask({ warmup: 100, draws: 100, maxTreeDepth: 2, targetAcceptProb: 0.99 }))
    expect(Math.max(...statistics.num_steps!)).toBe(3)
    expect(Math.max(...statistics.tree_depth!)).toBe(2)
  })

  it('of the centred funnel are flagged as diverging', async () => {
    const chains = await Promise.all(
      [0, 1, 2, 3].map(c => runSample(vectorModel(10, funnel), sampleTask({ warmup: 500, draws: 1000 }, foldIn(prngKey(3), c)))),
    )
    const diverging = chains.flatMap(chain => chain.statistics.diverging!)
    expect(diverging.every(d => d === 0 || d === 1)).toBe(true)
    expect(mean(diverging)).toBeGreaterThan(0)
    expect(chains[0]!.events.at(-1)).toMatchObject({ type: 'checkpoint', iteration: 1500 })
  })

  it('that leave the support diverge and are rejected', async () => {
    const halfNormal = vectorModel(1, (gradient, x) => {
      gradient[0] = -x[0]!
      return x[0]! > 0 ? (-x[0]! * x[0]!) / 2 : -Infinity
    })
    const { positions, statistics } = await runSample(halfNormal, sampleTask({ warmup: 200, draws: 500 }))
    expect(positions.every(x => x[0]! > 0)).toBe(true)
    expect(statistics.diverging!.some(d => d === 1)).toBe(true)
  })
})

describe('a task of another kind', () => {
  it('is refused', async () => {
    const { settings, sampler, key, chain, restart, ...base } = sampleTask()
    expect([settings, sampler, key, chain, restart]).toHaveLength(5)
    const task = { ...base, kind: 'evaluate' as const, positions: { path: '', bytes: 0, digest: '' }, gradient: false, pointwise: false }
    const hooks = { attempt: 1, emit: () => undefined, shouldStop: () => false }
    await expect(nuts.runTask(task, schools, { rows: 0, column: () => new Float64Array() }, '/', hooks)).rejects.toMatchObject({
      failure: { code: 'CHORALE_TASK_KIND' },
    })
  })
})
