import { appendFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import type { TaskResult } from '../../src/contracts/index.js'
import { collect, drive } from '../../src/execution/drive.js'
import { finishedResults } from '../../src/execution/finished-results.js'
import { recordedOutcomes } from '../../src/execution/recorded-outcomes.js'
import { sampleShards, type ShardResult } from '../../src/execution/shard-results.js'
import { sampleTasks } from '../../src/planning/sample-tasks.js'
import { layout, listAcceptedTasks, loadChain, readAcceptedResult, requestCancel } from '../../src/run-directory/index.js'
import { gaussianRun, rowsOf, type GaussianRun } from '../pipeline/gaussian-run.js'

const SHARDS = rowsOf([40, 60])
const tasksOf = ({ run }: GaussianRun) =>
  run.record.plan.shards.flatMap(({ id }) => sampleTasks(run.record, run.record.plan.sampling, id, 0))
const drawsOf = (run: string, result: TaskResult) => join(layout.attemptDirectory(run, result.task, result.attempt), 'draws.bin')
const withoutMarker = async (run: string, id: string) => (await import('node:fs/promises')).rm(layout.acceptedRecord(run, id))

/** Results with their draws in memory, to be compared. */
const withDraws = (results: readonly ShardResult[]) =>
  Promise.all(
    results.map(async result =>
      result.status === 'completed' ? { ...result, chains: await Promise.all(result.chains.map(loadChain)), statistics: [] } : result,
    ),
  )

describe('driving tasks', () => {
  test('runs each once and pins its result', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    const { completed, failed, stopped } = await drive(made.run, tasksOf(made))
    expect([completed.size, failed.size, stopped.size]).toEqual([4, 0, 0])
    expect(await listAcceptedTasks(made.run.path)).toEqual([...completed.keys()].sort())
    expect(made.events.filter(event => event.type === 'task')).toHaveLength(4)
  })

  test('again runs nothing: also another process finds the results', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    const first = await drive(made.run, tasksOf(made))
    const again = await drive(await made.reopen(), tasksOf(made))
    expect(made.ran).toHaveLength(4)
    expect(again.completed).toEqual(first.completed)
  })

  test('picks up an attempt that ended before it was accepted', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    const [task] = tasksOf(made)
    await drive(made.run, tasksOf(made))
    await withoutMarker(made.run.path, task!.id)
    const { completed } = await drive(made.run, tasksOf(made))
    expect([made.ran.length, completed.get(task!.id)!.attempt]).toEqual([4, 1])
    expect((await readAcceptedResult(made.run.path, task!.id))!.attempt).toBe(1)
  })

  test.each(['truncated', 'altered'])('runs a task again whose pinned draws were %s, and uses the new attempt', async damage => {
    const made = await gaussianRun({ shards: SHARDS })
    const [task] = tasksOf(made)
    const first = (await drive(made.run, tasksOf(made))).completed.get(task!.id)!
    await (damage === 'truncated' ? truncate(drawsOf(made.run.path, first), 100) : appendFile(drawsOf(made.run.path, first), 'x'))
    const { completed } = await drive(made.run, tasksOf(made))
    expect([made.ran.length, completed.get(task!.id)!.attempt]).toEqual([5, 2])
    expect(completed.get(task!.id)!.files).toEqual(first.files)
    expect((await finishedResults(made.run.path, tasksOf(made))).get(task!.id)!.attempt).toBe(2)
  })

  test('refuses a second attempt with other draws', async () => {
    let calls = 0
    const made = await gaussianRun({ shards: SHARDS, mischief: () => ({ impure: () => ++calls }) })
    const [task] = tasksOf(made)
    const first = (await drive(made.run, tasksOf(made))).completed.get(task!.id)!
    await truncate(drawsOf(made.run.path, first), 100)
    await expect(drive(made.run, tasksOf(made))).rejects.toMatchObject({ code: 'CHORALE_NOT_REPRODUCIBLE' })
  })

  test('keeps the failure of a task, and a failure is not forever', async () => {
    const made = await gaussianRun({
      shards: SHARDS,
      mischief: task => (task.shard === 1 && task.chain === 0 ? { fails: 'no such level' } : {}),
    })
    const { completed, failed } = await drive(made.run, tasksOf(made))
    expect([completed.size, [...failed.keys()], failed.get('sample-0001-0')!.message]).toEqual([3, ['sample-0001-0'], 'no such level'])
    expect((await drive(await made.reopen({ mischief: () => ({}) }), tasksOf(made))).completed.size).toBe(4)
    expect(made.ran).toHaveLength(5)
  })

  test('takes a task that the backend forgot for failed, not for done', async () => {
    const made = await gaussianRun({ shards: SHARDS, forgets: task => task.id === 'sample-0000-1' })
    const { failed } = await drive(made.run, tasksOf(made))
    expect(failed.get('sample-0000-1')).toMatchObject({ cause: 'backend', code: 'CHORALE_BACKEND_FAILED' })
    const results = await sampleShards(made.run, drive)
    expect(results.map(result => result.status)).toEqual(['failed', 'completed'])
  })

  test('stops on request, and a resume runs the rest', async () => {
    const stop = new AbortController()
    const made = await gaussianRun({ shards: SHARDS, signal: stop.signal, mischief: () => (stop.abort('stop'), {}) })
    const { completed, stopped } = await drive(made.run, tasksOf(made))
    expect([completed.size, stopped.size]).toEqual([1, 3])
    await expect(sampleShards(made.run, drive)).rejects.toThrow('3 of 4 chains are not finished')
    await drive(await made.reopen({ signal: new AbortController().signal, mischief: () => ({}) }), tasksOf(made))
    expect(made.ran).toHaveLength(4)
  })
})

describe('tasks whose end was asked for', () => {
  test('have failed, and are not run; what is finished stays', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    await drive(made.run, tasksOf(made).slice(0, 1))
    await requestCancel(made.run.path, ['sample-0000-0', 'sample-0001-1'])
    const { completed, failed } = await drive(made.run, tasksOf(made))
    expect([...completed.keys()].sort()).toEqual(['sample-0000-0', 'sample-0000-1', 'sample-0001-0'])
    expect([...failed.values()]).toEqual([
      expect.objectContaining({ cause: 'cancelled', code: 'CHORALE_TASK_CANCELLED', retryable: false }),
    ])
    expect(made.ran).not.toContain('sample-0001-1')
    expect(await recordedOutcomes(made.run, tasksOf(made))).toEqual({ completed, failed, stopped: new Set() })
  })
})

describe('collecting tasks', () => {
  const broken = { shards: SHARDS, mischief: (task: { shard: number }) => (task.shard === 1 ? { fails: 'no such level' } : {}) }

  test('does not try again what has failed for good, but driving does', async () => {
    const made = await gaussianRun(broken)
    const { failed } = await drive(made.run, tasksOf(made))
    const collected = await collect(await made.reopen(), tasksOf(made))
    expect([[...collected.failed], made.ran.length]).toEqual([[...failed], 4])
    expect((await drive(await made.reopen({ mischief: () => ({}) }), tasksOf(made))).completed.size).toBe(4)
  })

  test('leaves tasks of which it hears nothing for others, once it was told to detach', async () => {
    const detach = new AbortController()
    const made = await gaussianRun({ shards: SHARDS, signal: detach.signal, forgets: task => (detach.abort('detach'), task.shard === 1) })
    const { failed, stopped } = await collect(made.run, tasksOf(made))
    expect([failed.size, stopped.size]).toEqual([0, 4])
  })
})

describe('recorded outcomes', () => {
  test('are those of the run, without running anything', async () => {
    const made = await gaussianRun({ shards: SHARDS, mischief: task => (task.shard === 1 ? { fails: 'no such level' } : {}) })
    const driven = await drive(made.run, tasksOf(made))
    const recorded = await recordedOutcomes(made.run, tasksOf(made))
    expect(made.ran).toHaveLength(4)
    expect(recorded).toEqual(driven)
  })
  test('of a run that is not finished are refused, with the command that finishes it', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    await drive(made.run, tasksOf(made).slice(1))
    await expect(recordedOutcomes(made.run, tasksOf(made))).rejects.toMatchObject({
      code: 'CHORALE_RUN_UNFINISHED',
      message: expect.stringContaining('1 of 4'),
      details: { fix: expect.stringContaining('--resume') },
    })
  })
  test('do not count a damaged result as one', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    const { completed } = await drive(made.run, tasksOf(made))
    await truncate(drawsOf(made.run.path, completed.get('sample-0001-1')!), 50)
    await expect(recordedOutcomes(made.run, tasksOf(made))).rejects.toMatchObject({ code: 'CHORALE_RUN_UNFINISHED' })
  })
})

describe('a shard whose sampler wants other settings after what it showed', () => {
  test('runs again with all its chains and those settings, at most as often as the settings say, and the last restart counts', async () => {
    const settings = { sampling: { restarts: 2 } }
    const seen: string[] = []
    const made = await gaussianRun({
      shards: SHARDS,
      settings,
      mischief: task => {
        seen.push(`${task.id} ${task.settings.targetAcceptProb}`)
        return task.shard === 1 ? { divergent: 0.4 } : {}
      },
    })
    const [fine, difficult] = await sampleShards(made.run, drive)
    expect(seen.filter(id => id.startsWith('sample-0001'))).toEqual([
      'sample-0001-0 0.8',
      'sample-0001-1 0.8',
      'sample-0001-0-r1 0.9',
      'sample-0001-1-r1 0.9',
      'sample-0001-0-r2 0.95',
      'sample-0001-1-r2 0.95',
    ])
    expect([fine!.restarts, difficult!.restarts]).toEqual([0, 2])
    expect(difficult!.status === 'completed' && difficult!.gates.filter(({ passed }) => !passed).map(({ code }) => code)).toContain(
      'DIVERGENCES',
    )
    expect(made.events.filter(event => event.type === 'restart')).toEqual([
      { type: 'restart', shard: 1, restart: 1, reason: '40 % divergent draws' },
      { type: 'restart', shard: 1, restart: 2, reason: '40 % divergent draws' },
    ])
  })
  test('is reported with what the chains before showed, and their files stay', async () => {
    const made = await gaussianRun({ shards: SHARDS, mischief: task => (task.restart === 0 && task.shard === 1 ? { divergent: 0.2 } : {}) })
    const [fine, again] = await sampleShards(made.run, drive)
    expect(fine!.restarted).toEqual([])
    expect(again!.restarted).toEqual([
      { restart: 1, targetAcceptProb: 0.9, warmup: 0, divergences: 200, rhatMax: expect.any(Number), reason: '20 % divergent draws' },
    ])
    expect(await listAcceptedTasks(made.run.path)).toEqual(
      expect.arrayContaining(['sample-0001-0', 'sample-0001-1', 'sample-0001-0-r1', 'sample-0001-1-r1']),
    )
  })
  test('keeps its warning although the restart is clean', async () => {
    const made = await gaussianRun({ shards: SHARDS, mischief: task => (task.restart === 0 && task.shard === 0 ? { divergent: 0.2 } : {}) })
    const [shard] = await sampleShards(made.run, drive)
    expect(shard!.status === 'completed' && shard!.gates.filter(({ passed }) => !passed)).toEqual([])
    expect(made.run.warnings()).toEqual([{ code: 'RESTARTED', message: 'shard 0 runs again (restart 1): 20 % divergent draws' }])
  })
  test('that fails in a restart has failed, with the restart in its report', async () => {
    const made = await gaussianRun({
      shards: SHARDS,
      mischief: task => (task.shard === 0 ? {} : task.restart === 0 ? { divergent: 0.2 } : { fails: 'no such level' }),
    })
    const [, shard] = await sampleShards(made.run, drive)
    expect(shard).toMatchObject({ status: 'failed', restarts: 1, restarted: [{ restart: 1, divergences: 200 }] })
  })
  test('in a run that is finished is looked up with its restarts', async () => {
    const made = await gaussianRun({ shards: SHARDS, mischief: task => (task.restart === 0 ? { divergent: 0.2 } : {}) })
    const sampled = await sampleShards(made.run, drive)
    expect(await withDraws(await sampleShards(await made.reopen(), recordedOutcomes))).toEqual(await withDraws(sampled))
    expect(made.ran).toHaveLength(8)
  })
  test('after a stop in the middle of its restart goes on with that restart', async () => {
    const stop = new AbortController()
    const divergent = (task: { restart: number }) => (task.restart === 0 ? { divergent: 0.2 } : {})
    const made = await gaussianRun({
      shards: SHARDS,
      signal: stop.signal,
      mischief: task => (task.id === 'sample-0000-1-r1' && stop.abort('stop'), divergent(task)),
    })
    await expect(sampleShards(made.run, drive)).rejects.toThrow('2 of 4 chains are not finished')
    const results = await sampleShards(await made.reopen({ signal: new AbortController().signal, mischief: divergent }), drive)
    expect(results.map(({ restarts }) => restarts)).toEqual([1, 1])
    expect(made.ran.slice(-2)).toEqual(['sample-0001-0-r1', 'sample-0001-1-r1'])
    expect(made.ran).toHaveLength(8)
  })
  test('to something that no task can have is an error that names the sampler', async () => {
    const made = await gaussianRun({ shards: SHARDS })
    const broken = { ...made.run.sampler, restartSettings: () => ({ settings: { draws: 3 } as never, reason: '' }) }
    await expect(sampleShards({ ...made.run, sampler: broken }, drive)).rejects.toMatchObject({ code: 'CHORALE_SAMPLER_BROKEN' })
  })
})
