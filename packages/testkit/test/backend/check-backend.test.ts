import { describe, expect, it } from 'vitest'
import { DEFAULT_CAPABILITIES, type FileRecord, type TaskEvent } from '@chorale/core/contracts'
import { checkBackend, formatReport } from '../../src/index.js'
import { failuresOf } from '../failures-of.js'
import { toyHarness } from '../toy-harness.js'
import { toyBackend, type BackendFlaws } from './toy-backend.js'

const check = (flaws: BackendFlaws) => checkBackend(toyBackend(flaws), { harness: toyHarness, checkSeconds: 3, stopSeconds: 1 })

const isCompleted = (event: TaskEvent): event is Extract<TaskEvent, { type: 'completed' }> => event.type === 'completed'

const failed = ({ task, attempt, at }: TaskEvent): TaskEvent => ({
  ...{ type: 'failed', task, attempt, at },
  failure: { cause: 'backend', code: 'BROKEN', message: 'the model is not a file', retryable: false },
})

/** Changes what a completed task says about its files. */
const lieAboutFiles = (change: (files: readonly FileRecord[]) => readonly FileRecord[]): BackendFlaws => ({
  event: event => (isCompleted(event) ? [{ ...event, result: { ...event.result, files: change(event.result.files) } }] : [event]),
})

const ENDS_ONCE = 'ends every task in exactly one event'
const INLINE = 'runs inline models in this process'
const NAMES_FILES = 'names files that exist, with their size and digest'
const CAPABILITIES = 'declares capabilities that exist'
const SAME_DRAWS = 'gives the same draws as the tasks run directly, bit by bit'
const THROWS = 'a model that throws fails its tasks, and no others'
const MEMORY = 'estimates memory that grows with rows and chains and covers the data'
const ATTEMPTS = 'numbers attempts upwards from 1 and not beyond the limit'
const STOPS = 'stops when asked, and accounts for every task'
const SCHEMA = 'has an options schema that can be used before anything is loaded'

describe('the backend suite', () => {
  it('passes a backend that keeps the contract', async () => {
    const report = await check({ capabilities: { supportsParallelChains: false } })
    expect(failuresOf(report), formatReport(report)).toEqual([])
    expect(report.checks.filter(({ status }) => status === 'skipped')).toEqual([])
  })

  it('skips because of declared capabilities alone, and says which', async () => {
    const report = await check({ capabilities: { sameProcess: false, maxParallelShards: 64 } })
    expect(failuresOf(report), formatReport(report)).toEqual([])
    expect(report.checks.filter(({ status }) => status === 'skipped')).toEqual([
      { name: 'runs inline models in this process', status: 'skipped', message: 'declares sameProcess: false' },
      { name: 'keeps to the declared number of shards in flight', status: 'skipped', message: 'declares maxParallelShards: 64' },
      { name: 'runs one chain of a shard at a time', status: 'skipped', message: 'declares supportsParallelChains: true' },
    ])
  })

  const flawed: readonly { readonly flaw: string; readonly flaws: BackendFlaws; readonly caughtBy: string | readonly string[] }[] = [
    { flaw: 'a capability that does not exist', flaws: { capabilities: { gpu: true } as never }, caughtBy: CAPABILITIES },
    {
      flaw: 'a capability of the wrong type',
      flaws: {
        definition: { capabilities: { ...toyBackend().capabilities, resumable: 1 } as never },
        backend: { getCapabilities: () => ({ ...DEFAULT_CAPABILITIES, ...toyBackend().capabilities, resumable: 1 }) as never },
      },
      caughtBy: CAPABILITIES,
    },
    { flaw: 'isolation of its own process', flaws: { capabilities: { isolation: 'thread' } }, caughtBy: CAPABILITIES },
    {
      flaw: 'a summary that needs create',
      flaws: {
        definition: {
          get summary() {
            void (this as { create?: () => unknown }).create?.()
            return 'x'
          },
        },
      },
      caughtBy: 'is data until create is called',
    },
    { flaw: 'an unusable schema', flaws: { definition: { options: { type: 'object', required: ['queue'] } } }, caughtBy: SCHEMA },
    { flaw: 'something else than a backend', flaws: { backend: { run: undefined as never } }, caughtBy: 'creates a backend' },
    {
      flaw: 'other capabilities than declared',
      flaws: { backend: { getCapabilities: () => ({ ...DEFAULT_CAPABILITIES, ...toyBackend().capabilities, resumable: false }) } },
      caughtBy: 'creates a backend with the declared name and capabilities',
    },
    { flaw: 'another name', flaws: { backend: { name: 'other' } }, caughtBy: 'creates a backend with the declared name and capabilities' },
    {
      flaw: 'missing resources',
      flaws: { backend: { validateResources: () => Promise.reject(new Error('no qsub on PATH')) } },
      caughtBy: 'finds its resources here',
    },
    { flaw: 'an endless memory estimate', flaws: { backend: { estimateMemory: () => Infinity } }, caughtBy: MEMORY },
    { flaw: 'a memory estimate below the data', flaws: { backend: { estimateMemory: () => 0.1 } }, caughtBy: MEMORY },
    {
      flaw: 'a memory estimate that falls with chains',
      flaws: { backend: { estimateMemory: ({ dataBytes, chains }) => (1 + 2 * dataBytes) / chains } },
      caughtBy: MEMORY,
    },
    { flaw: 'eagerness', flaws: { runsEagerly: true }, caughtBy: 'starts nothing before the first next()' },
    {
      flaw: 'a file that does not exist',
      flaws: lieAboutFiles(files => [...files, { path: 'lost.bin', bytes: 0, digest: '' }]),
      caughtBy: NAMES_FILES,
    },
    {
      flaw: 'a wrong digest',
      flaws: lieAboutFiles(files => files.map(file => ({ ...file, digest: file.digest.replace(/./, c => (c === '0' ? '1' : '0')) }))),
      caughtBy: [NAMES_FILES, SAME_DRAWS],
    },
    {
      flaw: 'a task that ends twice',
      flaws: { event: event => (isCompleted(event) ? [event, event] : [event]) },
      caughtBy: [ENDS_ONCE, THROWS, 'may be run again', INLINE, ATTEMPTS],
    },
    {
      flaw: 'a task that never ends',
      flaws: { event: (event, task) => (isCompleted(event) && task.chain === 1 ? [] : [event]) },
      caughtBy: [ENDS_ONCE, SAME_DRAWS, THROWS, 'may be run again', INLINE],
    },
    {
      flaw: 'threads behind sameProcess: true',
      flaws: { event: (event, { model }) => (isCompleted(event) && model.kind === 'inline' ? [failed(event)] : [event]) },
      caughtBy: INLINE,
    },
    { flaw: 'attempts without end', flaws: { attemptsWithoutEnd: true }, caughtBy: ATTEMPTS },
    { flaw: 'a wrong size', flaws: lieAboutFiles(files => files.map(file => ({ ...file, bytes: file.bytes - 1 }))), caughtBy: NAMES_FILES },
    {
      flaw: 'a file outside the attempt',
      flaws: lieAboutFiles(files => [...files, { path: '../../x', bytes: 0, digest: '' }]),
      caughtBy: NAMES_FILES,
    },
    { flaw: 'a key of its own', flaws: { runTask: task => ({ ...task, key: [1, 2] }) as never }, caughtBy: SAME_DRAWS },
    {
      flaw: 'another cause for a model that throws',
      flaws: {
        event: event =>
          event.type === 'failed' && event.failure.cause === 'model'
            ? [{ ...event, failure: { ...event.failure, cause: 'backend' } }]
            : [event],
      },
      caughtBy: THROWS,
    },
    { flaw: 'events without tasks', flaws: { alwaysEmits: true }, caughtBy: 'ends at once without tasks' },
    { flaw: 'one run for ever', flaws: { runsOnce: true }, caughtBy: 'may be run again' },
    { flaw: 'one cleanup for ever', flaws: { cleansUpOnce: true }, caughtBy: 'cleans up any number of times' },
    { flaw: 'deafness to the limit of tasks', flaws: { ignoresLimits: true }, caughtBy: 'keeps to the limit of tasks in flight' },
    { flaw: 'more shards than declared', flaws: { ignoresShardLimit: true }, caughtBy: 'keeps to the declared number of shards in flight' },
    {
      flaw: 'parallel chains without the capability',
      flaws: { capabilities: { supportsParallelChains: false }, ignoresChainLimit: true },
      caughtBy: 'runs one chain of a shard at a time',
    },
    { flaw: 'attempts that never rise', flaws: { attemptNumber: () => 1 }, caughtBy: ATTEMPTS },
    { flaw: 'a waiting task forgotten when it stops', flaws: { forgetsWaiting: true }, caughtBy: STOPS },
    { flaw: 'deafness to the signal', flaws: { deafToSignal: true }, caughtBy: STOPS },
    { flaw: 'tasks that go on after the loop', flaws: { goesOnAfterLoop: true }, caughtBy: 'leaving the loop early stops the tasks' },
  ]

  it.concurrent.each(flawed)('catches $flaw', async ({ flaws, caughtBy }) => {
    const report = await check(flaws)
    expect(failuresOf(report), formatReport(report)).toEqual([caughtBy].flat())
  })
})
