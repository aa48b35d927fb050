import { appendFile, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadJob, runTaskFromBundle } from '../../src/bundle/index.js'
import { isTaskError, isTaskStoppedError, type TaskEvent, type TaskFailure } from '../../src/contracts/index.js'
import { executeTask, type TaskExecution } from '../../src/job/index.js'
import {
  acceptResult,
  layout,
  listEndedAttempts,
  readDensity,
  readDraws,
  readEndedAttempt,
  readPointwise,
  readStats,
  toShardData,
} from '../../src/run-directory/index.js'
import { POWERS, quietHooks, regressionTable, tinyRun } from './tiny-run.js'

async function failureOf(outcome: Promise<unknown>): Promise<TaskFailure> {
  const error = await outcome.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isTaskError(error)) throw error ?? new Error('the task completed')
  return error.failure
}

describe('a sample task', () => {
  test('leaves draws, statistics, records and a marker from which a reader gets what the sampler wrote', async () => {
    const run = await tinyRun()
    const events: TaskEvent[] = []
    const result = await runTaskFromBundle(run.path, run.sampleTask(), quietHooks({ emit: event => events.push(event) }))

    expect(result).toMatchObject({ format: 1, task: 'sample-0001-2', attempt: 1 })
    expect(await listEndedAttempts(run.path)).toEqual([{ task: 'sample-0001-2', attempt: 1 }])
    expect(await readEndedAttempt(run.path, { task: 'sample-0001-2', attempt: 1 })).toEqual({ status: 'completed', result })
    const draws = await readDraws(run.path, result)
    expect([draws.draws, draws.dimension, draws.positions.length, draws.scores.length]).toEqual([10, 2, 20, 20])
    const bound = (await loadJob(run.path, run.sampleTask().model)).model.bind(toShardData(regressionTable(30, 40)), null)
    const gradient = new Float64Array(2)
    const energy = -bound.logDensityInto(gradient, draws.positions.subarray(18, 20), POWERS)
    expect([...draws.scores.subarray(18, 20)]).toEqual([...gradient])
    expect((await readStats(run.path, result)).columns['energy']![9]).toBe(energy)
    const started = JSON.parse(await readFile(layout.startedRecord(layout.attemptDirectory(run.path, result.task, 1)), 'utf8')) as object
    expect(started).toMatchObject({ format: 1, pid: process.pid, v8: process.versions.v8, arch: process.arch })
    expect(events).toMatchObject([{ type: 'started', attempt: 1 }])
  })

  test('has the same draws in a second attempt, which is numbered by what is there', async () => {
    const run = await tinyRun()
    const first = await runTaskFromBundle(run.path, run.sampleTask(), quietHooks())
    const second = await runTaskFromBundle(run.path, run.sampleTask(), quietHooks())
    expect(second.attempt).toBe(2)
    expect(second.files).toEqual(first.files)
    expect(await acceptResult(run.path, first)).toEqual(first)
    expect(await acceptResult(run.path, second)).toEqual(first)
  })

  test('is told of the folders of its earlier attempts, newest first, and of no other task’s', async () => {
    const run = await tinyRun()
    const { model } = await loadJob(run.path, run.sampleTask().model)
    const seen: (readonly string[] | undefined)[] = []
    const sampler: TaskExecution['sampler'] = {
      runTask: (_task, _model, _data, _directory, hooks) => {
        seen.push(hooks.earlier)
        return Promise.reject(new Error('seen'))
      },
    }
    const attempt = (from: number): Promise<unknown> =>
      executeTask({ runDirectory: run.path, task: run.sampleTask(), hooks: quietHooks({ attempt: from }), model, sampler }).catch(
        () => undefined,
      )
    await attempt(1)
    await writeFile(layout.taskRecord(run.path, run.sampleTask().id), '{}')
    for (const from of [1, 12, 1]) await attempt(from)
    const folder = (k: number): string => layout.attemptDirectory(run.path, run.sampleTask().id, k)
    expect(seen).toEqual([[], [folder(1)], [folder(2), folder(1)], [folder(12), folder(2), folder(1)]])
  })

  test('that is asked to stop ends as stopped, with a record, and is no failure', async () => {
    const run = await tinyRun()
    let polls = 0
    const error = await runTaskFromBundle(run.path, run.sampleTask(), quietHooks({ shouldStop: () => ++polls > 4 })).catch(
      (e: unknown) => e,
    )
    if (!isTaskStoppedError(error)) throw error
    const stopped = { task: 'sample-0001-2', attempt: 1, iteration: 4, reason: 'stop' }
    expect(error.stopped).toEqual(stopped)
    expect(await readEndedAttempt(run.path, stopped)).toEqual({ status: 'stopped', stopped })
  })

  test.each([
    ['nan', 'CHORALE_RESULT_NOT_FINITE', /draw 3 has x1 = NaN/],
    ['few', 'CHORALE_RESULT_MISSING', /9 draws of 10/],
    ['noStats', 'CHORALE_RESULT_MISSING', /stats\.bin/],
    ['lie', 'CHORALE_RESULT_DAMAGED', /SHA-256/],
  ])('whose sampler is wrong (%s) fails with the cause "result", and the record says so', async (wrong, code, message) => {
    const run = await tinyRun()
    const failure = await failureOf(runTaskFromBundle(run.path, run.sampleTask({ wrong }), quietHooks()))
    expect(failure).toMatchObject({ cause: 'result', code, retryable: false })
    expect(failure.message).toMatch(message)
    expect(await readEndedAttempt(run.path, { task: 'sample-0001-2', attempt: 1 })).toEqual({ status: 'failed', failure })
  })

  test('of a model that throws fails with the cause "model" and what was thrown', async () => {
    const run = await tinyRun(`export default { rows: 'joint', dataNames: [], bind() { throw new TypeError('no such level') } }`)
    expect(await failureOf(runTaskFromBundle(run.path, run.sampleTask(), quietHooks()))).toEqual({
      cause: 'model',
      code: 'CHORALE_MODEL_THREW',
      message: 'the model threw: no such level',
      retryable: false,
    })
  })

  test('of a model that reads a column that is not there fails with the name of the column', async () => {
    const run = await tinyRun(`export default { rows: 'joint', dataNames: [], bind: data => data.column('z') }`)
    const failure = await failureOf(runTaskFromBundle(run.path, run.sampleTask(), quietHooks()))
    expect(failure).toMatchObject({ cause: 'model', code: 'CHORALE_DATA_COLUMN_UNKNOWN', message: 'The data have no column "z".' })
  })

  test('does not start on data that changed', async () => {
    const run = await tinyRun()
    await appendFile(layout.shardFile(run.path, run.data.directory, 1), 'x')
    expect(await failureOf(runTaskFromBundle(run.path, run.sampleTask(), quietHooks()))).toMatchObject({ code: 'CHORALE_DATA_DAMAGED' })
  })

  test('does not start on code that changed', async () => {
    const run = await tinyRun()
    await appendFile(join(run.path, run.job.path), '\n')
    expect(await failureOf(runTaskFromBundle(run.path, run.sampleTask(), quietHooks()))).toMatchObject({ code: 'CHORALE_CODE_CHANGED' })
    expect(await listEndedAttempts(run.path)).toEqual([])
  })

  test('takes rows that its transport hands over, and says so when it does not', async () => {
    const run = await tinyRun()
    const task = { ...run.sampleTask(), data: { kind: 'shared', id: 'shard-1' } } as const
    expect(await failureOf(runTaskFromBundle(run.path, task, quietHooks()))).toMatchObject({
      cause: 'start',
      code: 'CHORALE_DATA_NOT_GIVEN',
    })
    const given = await runTaskFromBundle(run.path, task, quietHooks(), toShardData(regressionTable(30, 40)))
    expect(given.files).toEqual((await runTaskFromBundle(run.path, run.sampleTask(), quietHooks())).files)
  })
})

describe('an evaluate task', () => {
  test('gives the model’s own log density, gradient and pointwise log likelihood at every position, bit by bit', async () => {
    const run = await tinyRun()
    const count = 3000
    const positions = Float64Array.from({ length: 2 * count }, (_, i) => Math.sin(i))
    const task = await run.evaluateTask(positions, { gradient: true, pointwise: true })
    const result = await runTaskFromBundle(run.path, task, quietHooks())
    const bound = (await loadJob(run.path, task.model)).model.bind(toShardData(regressionTable(30, 40)), null)
    const { logDensity, gradients } = await readDensity(run.path, result)
    const pointwise = await readPointwise(run.path, result)
    expect([logDensity.length, gradients.length, pointwise.length]).toEqual([count, 2 * count, 30 * count])
    const gradient = new Float64Array(2)
    const logLikelihood = new Float64Array(30)
    for (let i = 0; i < count; i += 7) {
      const position = positions.subarray(2 * i, 2 * i + 2)
      expect(logDensity[i]).toBe(bound.logDensityInto(gradient, position, POWERS))
      expect(gradients.subarray(2 * i, 2 * i + 2)).toEqual(gradient)
      bound.pointwiseInto!(logLikelihood, position)
      expect(pointwise.subarray(30 * i, 30 * i + 30)).toEqual(logLikelihood)
    }
  })

  test('keeps -Infinity outside the support, without a gradient', async () => {
    const run = await tinyRun()
    const task = await run.evaluateTask(Float64Array.of(1e200, 0, 0, 0), { gradient: true, pointwise: false })
    const { logDensity, gradients } = await readDensity(run.path, await runTaskFromBundle(run.path, task, quietHooks()))
    expect(logDensity[0]).toBe(-Infinity)
    expect([...gradients].map(Number.isFinite)).toEqual([false, false, true, true])
  })

  test('stops between two positions', async () => {
    const run = await tinyRun()
    const task = await run.evaluateTask(new Float64Array(20), { gradient: false, pointwise: false })
    let polls = 0
    const error = await runTaskFromBundle(run.path, task, quietHooks({ shouldStop: () => ++polls === 6 })).catch((e: unknown) => e)
    expect(isTaskStoppedError(error) && error.stopped.iteration).toBe(5)
  })

  test('refuses positions that changed, that are a link out of the run, or of another dimension', async () => {
    const run = await tinyRun()
    const task = await run.evaluateTask(new Float64Array(20), { gradient: false, pointwise: false })
    const positions = join(run.path, 'positions.bin')
    await writeFile(positions, (await readFile(positions)).subarray(0, -1))
    expect(await failureOf(runTaskFromBundle(run.path, task, quietHooks()))).toMatchObject({
      cause: 'result',
      code: 'CHORALE_RESULT_DAMAGED',
    })
    await rm(positions)
    await symlink('/etc/passwd', positions)
    expect((await failureOf(runTaskFromBundle(run.path, task, quietHooks()))).message).toMatch(/not a plain file/)
    await rm(positions)
    const again = await run.evaluateTask(new Float64Array(20), { gradient: false, pointwise: false })
    const { model } = await loadJob(run.path, task.model)
    const bind = () => ({ ...model.bind(toShardData(regressionTable(30, 40)), null), dimension: 3 })
    expect(await failureOf(runTaskFromBundle(run.path, again, quietHooks({ bind })))).toMatchObject({ code: 'CHORALE_POSITIONS_INVALID' })
  })

  test('runs with an inline model too, without a bundle', async () => {
    const run = await tinyRun()
    const task = await run.evaluateTask(new Float64Array(20), { gradient: false, pointwise: false })
    const { model } = await loadJob(run.path, task.model)
    const sampler = { runTask: () => Promise.reject(new Error('an evaluation needs no sampler')) }
    const inline = { ...task, model: { kind: 'inline', id: 'm' } } as const
    const result = await executeTask({ runDirectory: run.path, task: inline, hooks: quietHooks(), model, sampler })
    expect(result.files).toEqual((await runTaskFromBundle(run.path, task, quietHooks())).files)
    expect(await failureOf(runTaskFromBundle(run.path, inline, quietHooks()))).toMatchObject({ code: 'CHORALE_MODEL_NOT_PORTABLE' })
  })
})
