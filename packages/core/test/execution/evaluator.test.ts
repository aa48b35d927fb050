import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import type { Model } from '../../src/contracts/index.js'
import type { ActiveRun } from '../../src/execution/active-run.js'
import { isQuickInDriver } from '../../src/execution/evaluate-in-driver.js'
import { runEvaluator } from '../../src/execution/evaluator.js'
import { gaussianRun, normalModel, pooled, rowsOf, DEFAULT_MODEL } from '../pipeline/gaussian-run.js'

const SHARDS = rowsOf([30, 50, 20])
const ALL = [0, 1, 2]
const positions = (...values: number[]) => ({ draws: values.length / 2, dimension: 2, values: Float64Array.from(values) })
const options = { signal: new AbortController().signal }

/** The log density of all rows of some shards with the whole prior, straight from the model. */
function density(shards: readonly number[], at: readonly number[]): number {
  const tables = shards.map(id => SHARDS[id]!)
  const columns = [pooled(tables, 0), pooled(tables, 1)]
  const data = { rows: columns[0]!.length, column: (name: string) => columns[name === 'y1' ? 0 : 1]! }
  return normalModel(DEFAULT_MODEL)
    .bind(data, null)
    .logDensityInto(new Float64Array(2), Float64Array.from(at), { prior: 1, jacobian: 1, likelihood: 1 })
}

describe('the evaluator', () => {
  test('adds the shards to the log density of all rows with the prior counted once', async () => {
    const { run } = await gaussianRun({ shards: SHARDS })
    const parts: number[] = []
    const at = positions(0, 0, 1, -2, 0.5, 3)
    const total = await runEvaluator(run, ALL).evaluate(at, { ...options, onShard: shard => parts.push(shard) })
    total.forEach((value, i) => expect(value).toBeCloseTo(density(ALL, [...at.values.subarray(2 * i, 2 * i + 2)]), 8))
    expect(parts).toEqual(ALL)
  })

  test('adds gradients too, which are another question than the values', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    const evaluator = runEvaluator(made.run, ALL, 7)
    expect(evaluator.budget).toBe(7)
    const at = positions(0.3, -0.2, 1, 2)
    const { logDensity, gradients } = await evaluator.gradients(at, options)
    expect(logDensity).toEqual(await evaluator.evaluate(at, options))
    expect(gradients).toMatchObject({ draws: 2, dimension: 2 })
    const step = 1e-4
    for (const [place, [x, y]] of [[0.3, -0.2] as const, [1, 2] as const].entries()) {
      const slope = (density(ALL, [x + step, y]) - density(ALL, [x - step, y])) / (2 * step)
      expect(gradients.values[2 * place]).toBeCloseTo(slope, 4)
    }
    expect(made.ran.filter(id => id.startsWith('evaluate-0000'))).toEqual(['evaluate-0000-000', 'evaluate-0000-001'])
  })

  test('asked the same again, also in another process, runs nothing', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    const first = await runEvaluator(made.run, ALL).evaluate(positions(1, 2), options)
    expect(made.ran).toEqual(['evaluate-0000-000', 'evaluate-0001-000', 'evaluate-0002-000'])
    expect(await runEvaluator(await made.reopen(), ALL).evaluate(positions(1, 2), options)).toEqual(first)
    expect(made.ran).toHaveLength(3)
  })

  test('answers small questions in this process, to the same last bit', async () => {
    const at = positions(0.3, -0.2, 1, 2, -4, 0.1)
    const by = async (evaluate: 'auto' | 'driver' | 'backend') => {
      const made = await gaussianRun({ shards: SHARDS, settings: { combination: { evaluate } } })
      const evaluator = runEvaluator(made.run, ALL)
      const shardsHeard: number[] = []
      const values = await evaluator.evaluate(at, { ...options, onShard: shard => shardsHeard.push(shard) })
      const { logDensity, gradients } = await evaluator.gradients(at, options)
      expect(shardsHeard).toEqual(ALL)
      return { answers: { values, logDensity, gradients }, tasks: made.ran.length }
    }
    const [auto, driver, backend] = [await by('auto'), await by('driver'), await by('backend')]
    expect(driver.answers).toEqual(backend.answers)
    expect(auto.answers).toEqual(backend.answers)
    expect([auto.tasks, driver.tasks, backend.tasks]).toEqual([0, 0, 6])
  })

  test('leaves to tasks what takes longer than they do to start', () => {
    const plan = (rows: number, bytes: number) =>
      ({
        record: {
          plan: {
            dimension: 10,
            shards: [
              { rows, bytes },
              { rows, bytes },
            ],
          },
        },
      }) as unknown as ActiveRun
    expect(isQuickInDriver(plan(1e5, 1e6), [0, 1], 50)).toBe(true)
    expect(isQuickInDriver(plan(1e5, 1e6), [0, 1], 51)).toBe(false)
    expect(isQuickInDriver(plan(1e5, 2e8), [0, 1], 1)).toBe(false)
  })

  test('asks this machine where tasks would wait in a queue, and the queue only where it is told to', async () => {
    const capabilities = { interactive: false }
    const many = { draws: 760_000, dimension: 2, values: new Float64Array(1_520_000) }
    const by = async (evaluate: 'auto' | 'backend', at = many) => {
      const made = await gaussianRun({ shards: SHARDS, capabilities, settings: { combination: { evaluate } } })
      const [value] = await runEvaluator(made.run, ALL).evaluate(at, options)
      await made.run.close()
      return { value, queued: made.ran.length, here: made.ranHere.length }
    }
    const value = density(ALL, [0, 0])
    expect(await by('auto')).toMatchObject({ value: expect.closeTo(value, 8) as number, queued: 0, here: 3 })
    expect(await by('backend', positions(0, 0))).toMatchObject({ value: expect.closeTo(value, 8) as number, queued: 3, here: 0 })
  })

  test('in this process ends when the run is stopped', async () => {
    const slow = (model: Model): Model => ({
      ...model,
      bind: (data, summary) => {
        const bound = model.bind(data, summary)
        const busy = (until: number): void => {
          while (performance.now() < until);
        }
        return { ...bound, logDensityInto: (...args) => (busy(performance.now() + 5), bound.logDensityInto(...args)) }
      },
    })
    const made = await gaussianRun({ shards: SHARDS, extend: slow, settings: { combination: { evaluate: 'driver' } } })
    const stop = new AbortController()
    setTimeout(() => stop.abort('stop'), 30)
    const many = { draws: 2000, dimension: 2, values: new Float64Array(4000) }
    await expect(runEvaluator(made.run, ALL).evaluate(many, { signal: stop.signal })).rejects.toBe('stop')
  })

  test('numbers questions in the order in which they came', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    const evaluator = runEvaluator(made.run, ALL)
    for (const x of [1, 2, 1, 3]) await evaluator.evaluate(positions(x, 0), options)
    expect(made.ran.filter(id => id.startsWith('evaluate-0000'))).toEqual(['evaluate-0000-000', 'evaluate-0000-001', 'evaluate-0000-002'])
  })

  test('answers questions that are asked together without mixing them up', async () => {
    const { run } = await gaussianRun({ shards: SHARDS })
    const evaluator = runEvaluator(run, ALL)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(x => evaluator.evaluate(positions(x, -x), options)))
    answers.forEach((answer, i) => expect(answer[0]).toBeCloseTo(density(ALL, [i + 1, -i - 1]), 8))
  })

  test('does not take an answer for all shards for one about fewer, which carry the prior with another power', async () => {
    const { run } = await gaussianRun({ shards: SHARDS })
    await runEvaluator(run, ALL).evaluate(positions(2, 2), options)
    const [value] = await runEvaluator(run, [0, 2]).evaluate(positions(2, 2), options)
    expect(value).toBeCloseTo(density([0, 2], [2, 2]), 8)
    expect((await readdir(join(run.path, 'evaluations'))).filter(name => name.startsWith('round-'))).toHaveLength(2)
  })

  test('is all shards or an error', async () => {
    const made = await gaussianRun({ shards: SHARDS, forgets: task => task.id === 'evaluate-0001-000' })
    await expect(runEvaluator(made.run, ALL).evaluate(positions(1, 1), options)).rejects.toMatchObject({
      code: 'CHORALE_EVALUATION_INCOMPLETE',
      message: expect.stringContaining('shard 1'),
    })
  })

  test('that was stopped says how to go on', async () => {
    const stop = new AbortController()
    const made = await gaussianRun({ shards: SHARDS, signal: stop.signal })
    stop.abort('stop')
    await expect(runEvaluator(made.run, ALL).evaluate(positions(1, 1), options)).rejects.toMatchObject({
      code: 'CHORALE_EVALUATION_INCOMPLETE',
      details: { fix: 'chorale run --resume' },
    })
  })
})
