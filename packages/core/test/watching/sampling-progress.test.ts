import { expect, test } from 'vitest'

import type { TaskEvent } from '../../src/contracts/index.js'
import { samplingProgress, withProgress, type PlannedChains } from '../../src/watching/sampling-progress.js'
import type { RunEvent } from '../../src/run-event.js'
import { VirtualClock } from '../virtual-clock.js'

type Rest<T> = T extends TaskEvent ? Omit<T, 'task' | 'attempt' | 'at'> : never
const of = (task: string, rest: Rest<TaskEvent>): TaskEvent => ({ task, attempt: 1, at: 0, ...rest }) as TaskEvent
const done = (task: string): TaskEvent =>
  of(task, { type: 'completed', result: { format: 1, task, attempt: 1, files: [], seconds: 1, node: 'here' } })
const progress = (task: string, share: number, divergences = 0): TaskEvent =>
  of(task, { type: 'progress', done: 100 * share, total: 100, divergences })
const failure = { cause: 'lost', code: 'CHORALE_TASK_LOST', message: 'no sign of life', retryable: true } as const

const PLANNED: PlannedChains = { shards: 2, chains: 2, finishedBefore: [] }

/** Events a second apart, and what is known a second after the last. */
async function after(events: readonly TaskEvent[], planned: Partial<PlannedChains> = {}) {
  const clock = new VirtualClock()
  const sampling = samplingProgress({ ...PLANNED, ...planned }, clock)
  for (const event of events) {
    sampling.hear(event)
    await clock.advance(1000)
  }
  return sampling.now(100)
}

test('progress is the share of all planned iterations, whatever has begun', async () => {
  expect(await after([progress('sample-0000-0', 0.5)])).toMatchObject({ chains: { finished: 0, planned: 4 }, fraction: 0.125 })
  expect(await after([done('sample-0000-0'), progress('sample-0000-1', 0.5)])).toMatchObject({
    chains: { finished: 1, planned: 4 },
    fraction: 0.375,
  })
})

test('chains whose jobs wait are counted until they begin, with what was said of why', async () => {
  const queued = ['sample-0000-0', 'sample-0000-1'].map(task => of(task, { type: 'submitted', job: '7' }))
  const why = of('sample-0000-1', { type: 'log', level: 'info', line: '2 jobs wait: Resources (7)' })
  expect(await after([...queued, why])).toMatchObject({ waiting: { chains: 2, why: '2 jobs wait: Resources (7)' } })
  const begun = of('sample-0000-0', { type: 'started', where: 'n1' })
  const other = of('sample-0000-0', { type: 'log', level: 'info', line: 'The chain starts at its mode.' })
  expect(await after([...queued, why, begun, other])).toMatchObject({ waiting: { chains: 1, why: '2 jobs wait: Resources (7)' } })
  expect(await after([...queued, begun, of('sample-0000-1', { type: 'started', where: 'n1' })])).not.toHaveProperty('waiting')
})

test('memory is that of this process and of the processes of chains that run', async () => {
  const inProcess = (task: string) => ({ ...progress(task, 0.5), residentBytes: 7000 })
  expect(await after([inProcess('sample-0000-0'), inProcess('sample-0000-1')])).toMatchObject({ residentBytes: 14_100 })
  expect(await after([inProcess('sample-0000-0'), done('sample-0000-0'), progress('sample-0000-1', 0.5)])).toMatchObject({
    residentBytes: 100,
  })
})

test('a chain that starts again has done nothing', async () => {
  const again = [progress('sample-0000-0', 0.9), of('sample-0000-0', { type: 'retrying', failure, next: 2 })]
  expect(await after(again)).toMatchObject({ fraction: 0, slowest: null })
})

test('a shard is finished when all its chains are, and none runs again', async () => {
  const first = ['sample-0000-0', 'sample-0000-1', 'sample-0001-0'].map(done)
  expect(await after(first)).toMatchObject({ shards: { finished: 1, planned: 2 }, chains: { finished: 3, planned: 4 } })
  const restarted = await after([...first, done('sample-0001-1'), progress('sample-0000-0-r1', 0), progress('sample-0000-1-r1', 0)])
  expect(restarted).toMatchObject({ shards: { finished: 1 }, chains: { finished: 4, planned: 6 } })
})

test('evaluations and draws of local parameters are no chains', async () => {
  expect(await after([done('evaluate-0000-000'), done('conditional-0001-000')])).toMatchObject({ chains: { finished: 0, planned: 4 } })
})

test('what earlier processes finished counts as done, and not for the speed', async () => {
  const resumed = await after([progress('sample-0001-0', 0.4), progress('sample-0001-0', 0.5)], {
    finishedBefore: ['sample-0000-0', 'sample-0000-1'],
  })
  expect(resumed).toMatchObject({ shards: { finished: 1 }, chains: { finished: 2, planned: 4 }, fraction: 0.625 })
  // 10 iterations in two seconds; the chain went on at 40 of 100.
  expect(resumed.drawsPerSecond).toBe(5)
  // Of the 160 iterations that were left, 10 took 2 s.
  expect(resumed.secondsLeft).toBeCloseTo(30, 10)
})

test('nothing is estimated from nothing', async () => {
  expect(await after([])).toMatchObject({ fraction: 0, drawsPerSecond: null, slowest: null, secondsLeft: null })
  expect(await after([progress('sample-0000-0', 0.01)])).toMatchObject({ drawsPerSecond: null, secondsLeft: null })
})

test('divergences are added over chains', async () => {
  expect((await after([progress('sample-0000-0', 1, 3), progress('sample-0000-1', 1, 4)])).divergences).toBe(7)
})

test('the slowest chain is the one that will end last at its own speed, also when it has fallen silent', async () => {
  const events = [
    progress('sample-0000-0', 0),
    progress('sample-0001-0', 0),
    progress('sample-0000-0', 0.1),
    progress('sample-0001-0', 0.8),
  ]
  // 10 of 100 iterations in 4 s.
  expect((await after(events)).slowest).toEqual({ task: 'sample-0000-0', fraction: 0.1, drawsPerSecond: 2.5 })
  expect((await after([...events, done('sample-0000-0')])).slowest?.task).toBe('sample-0001-0')
})

test('events are passed on; how far it is comes once a second, and when the last chain has ended', async () => {
  const clock = new VirtualClock()
  const heard: RunEvent[] = []
  const observed = withProgress(event => heard.push(event), { shards: 1, chains: 2, finishedBefore: [] }, clock)
  const reports = () => heard.flatMap(event => (event.type === 'progress' ? [event.progress] : []))
  await clock.advance(5000)
  expect(reports()).toEqual([])
  observed.observe({ type: 'task', event: progress('sample-0000-0', 0.5) })
  observed.observe({ type: 'task', event: progress('sample-0000-1', 0.5) })
  await clock.advance(3000)
  expect(heard.filter(({ type }) => type === 'task')).toHaveLength(2)
  expect(reports().map(({ fraction }) => fraction)).toEqual([0.5, 0.5, 0.5])
  expect(reports()[0]!.residentBytes).toBeGreaterThan(10e6)
  observed.observe({ type: 'task', event: done('sample-0000-0') })
  observed.observe({ type: 'task', event: done('sample-0000-1') })
  expect(reports().at(-1)).toMatchObject({ shards: { finished: 1, planned: 1 }, chains: { finished: 2, planned: 2 }, fraction: 1 })
  observed[Symbol.dispose]()
  expect(clock.pending).toBe(0)
})

test('many chains that end together are not all reported', () => {
  const heard: RunEvent[] = []
  const shards = 500
  const observed = withProgress(event => heard.push(event), { shards, chains: 1, finishedBefore: [] }, new VirtualClock())
  for (let shard = 0; shard < shards; shard++) observed.observe({ type: 'task', event: done(`sample-${String(shard).padStart(4, '0')}-0`) })
  expect(heard.filter(({ type }) => type === 'progress')).toHaveLength(2)
})
