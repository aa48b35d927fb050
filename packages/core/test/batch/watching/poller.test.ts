import { expect, test } from 'vitest'

import { Commander } from '../../../src/batch/commander.js'
import { Poller, type Watcher } from '../../../src/batch/watching/poller.js'
import type { JobAddress, LookAnswer } from '../../../src/contracts/index.js'
import type { Exec } from '../../../src/exec.js'
import { modelAdapter, VirtualClock } from '../scheduler-model.js'

interface Seen extends Watcher {
  readonly heard: LookAnswer[]
}

const watcher = (jobs: readonly string[], ended: readonly JobAddress[] = []): Seen => {
  const heard: LookAnswer[] = []
  return { heard, liveJobs: () => jobs, endedJobs: () => ended, hear: (_, answer) => void heard.push(answer) }
}

/** Polls until so many live looks were made; their times in seconds, and what was asked. */
async function polls(count: number, watchers: readonly [Seen, { readonly least: number; readonly most: number }][], answer = '[]') {
  const clock = new VirtualClock(1)
  const asked: { readonly seconds: number; readonly command: readonly string[] }[] = []
  let enough: () => void = () => undefined
  const done = new Promise<void>(resolve => (enough = resolve))
  const exec: Exec = async command => {
    if (command[0] !== 'model-version') asked.push({ seconds: clock.monotonic() / 1000, command })
    if (asked.filter(({ command: [name] }) => name === 'model-live').length >= count) enough()
    return { code: 0, stdout: command[0] === 'model-version' ? 'model 1' : answer, stderr: '' }
  }
  const poller = new Poller(new Commander(modelAdapter, exec, clock), () => 0)
  const watching = watchers.map(([one, pace]) => poller.watch(one, pace))
  await done
  for (const one of watching) one[Symbol.dispose]()
  return asked
}

test('the pause grows from the least to the most', async () => {
  const asked = await polls(6, [[watcher(['1']), { least: 2, most: 10 }]])
  const times = asked.map(({ seconds }) => seconds)
  expect(times.map((time, i) => time - (times[i - 1] ?? 0)).slice(0, 6)).toEqual([2, 3, 4.5, 6.75, 10, 10])
})

test('all runs of a process are asked for in one command, and from then on no faster than the most patient of them wants', async () => {
  const asked = await polls(2, [
    [watcher(['1', '2']), { least: 1, most: 60 }],
    [watcher(['2', '3']), { least: 8, most: 60 }],
  ])
  expect(asked.slice(0, 2)).toEqual([
    { seconds: 1, command: ['model-live', '1', '2', '3'] },
    { seconds: 9, command: ['model-live', '1', '2', '3'] },
  ])
})

test('nothing is asked while there is nothing to ask for, and ends are asked for apart', async () => {
  const asked = await polls(1, [[watcher(['1'], [{ job: '1', index: 4 }]), { least: 1, most: 1 }]])
  expect(asked.slice(0, 1)).toEqual([{ seconds: 1, command: ['model-live', '1'] }])
  const ends = watcher([], [{ job: '1', index: 4 }])
  const live = watcher(['2'])
  const both = await polls(2, [
    [ends, { least: 1, most: 1 }],
    [live, { least: 1, most: 1 }],
  ])
  expect(both.slice(0, 2).map(({ command }) => command)).toEqual([
    ['model-live', '2'],
    ['model-ends', '1_4'],
  ])
})

test('jobs of others in an answer are not passed on', async () => {
  const one = watcher(['1'])
  await polls(
    2,
    [[one, { least: 1, most: 1 }]],
    JSON.stringify([
      { job: '1', state: 'running', word: 'R' },
      { job: '99', state: 'running', word: 'R' },
    ]),
  )
  expect(one.heard[0]!.views.map(({ job }) => job)).toEqual(['1'])
})

test('an answer that is no JSON is a problem, and says nothing of any job', async () => {
  const one = watcher(['1'])
  await polls(2, [[one, { least: 1, most: 1 }]], '{"truncated":')
  expect(one.heard[0]).toMatchObject({ views: [], complete: false })
  expect(one.heard[0]!.problems[0]).toContain('JSON')
})
