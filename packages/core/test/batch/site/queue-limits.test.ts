import { expect, test } from 'vitest'

import { diagnoseQueues, OF_CLIENTS } from '../../../src/batch/site/queue-limits.js'
import type { QueueLimits } from '../../../src/contracts/index.js'

const GB = 1e9
const queue = (name: string, change: Partial<QueueLimits> = {}): QueueLimits => ({ name, takesJobs: true, startsJobs: true, ...change })
const QUEUES = [
  queue('workq', { isDefault: true, maxWalltimeSeconds: 3600, maxMemoryBytes: 4 * GB }),
  queue('long', { maxWalltimeSeconds: 86_400 }),
  queue('closed', { takesJobs: false }),
  queue('paused', { startsJobs: false }),
]
const of = (asked: Parameters<typeof diagnoseQueues>[1], queues = QUEUES) =>
  diagnoseQueues(queues, asked).map(({ what, level, found, change }) => [what, level, found, change ?? ''].join(' | '))

const HERE = { walltime: 600, memory: GB }

test('the queue that jobs go to is shown with what it takes', () => {
  expect(of(HERE)).toEqual(['queue | ok | workq, walltime up to 01:00:00, memory up to 4.0GB | '])
  expect(of({ queue: 'long', ...HERE })).toEqual(['queue | ok | long, walltime up to 24:00:00 | '])
})

test.each([
  [
    'is not there',
    { queue: 'wrokq', ...HERE },
    /^queue \| problem \| there is no queue wrokq \| .*set backend\.queue to workq: there are workq, long/,
  ],
  ['takes no jobs', { queue: 'closed', ...HERE }, /^queue \| problem \| closed is disabled/],
  ['starts no jobs', { queue: 'paused', ...HERE }, /^queue \| warning \| paused is stopped/],
])('a queue that %s is found', (_, asked, line) => expect(of(asked)[0]).toMatch(line))

test('more than a queue takes is found, with the queues that take it', () => {
  const found = of({ queue: 'workq', walltime: 7200, memory: 8 * GB })
  expect(found[1]).toMatch(
    /^walltime of the queue \| problem \| 02:00:00 is asked for, and workq takes 01:00:00 \| backend\.walltime: '01:00:00'.*: long$/,
  )
  expect(found[2]).toMatch(/^memory of the queue \| problem \| 8\.0GB is asked for, and workq takes 4\.0GB \| .*: long$/)
})

test('what jobs that drive or combine ask for is theirs to change', () => {
  const asked = { queue: 'workq', walltime: 7200, memory: 8 * GB }
  const [queue, walltime, memory] = diagnoseQueues(QUEUES, asked, OF_CLIENTS)
  expect(queue).toMatchObject({ what: 'queue of jobs that drive or combine', level: 'ok' })
  expect(walltime!.change).toMatch(/^output\.jobWalltime: '01:00:00'.*: long$/)
  expect(memory!.change).toMatch(/^output\.jobMemory: 4\.0GB.*: long$/)
  expect(diagnoseQueues(QUEUES, { ...asked, queue: 'lnog' }, OF_CLIENTS)[0]!.change).toContain('output.jobQueue')
})

test('a server without a default queue, and one that tells none', () => {
  expect(of(HERE, [queue('a')])[0]).toMatch(/^queue \| warning/)
  expect(of({ queue: 'any', ...HERE }, [])).toEqual([])
})
