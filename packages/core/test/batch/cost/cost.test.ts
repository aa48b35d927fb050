import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { runCost } from '../../../src/batch/cost/cost.js'
import { readCost, recordCost } from '../../../src/batch/cost/cost-record.js'
import { formatWalltime } from '../../../src/batch/walltime-text.js'
import type { JobUsage } from '../../../src/batch/cost/job-usage.js'
import type { Submission } from '../../../src/batch/submission/submission-records.js'
import { attemptDirectory, endedRecord } from '../../../src/run-directory/layout.js'
import { temporaryFolder } from '../../job/tiny-run.js'

const GB = 1e9
const intent = (change: object = {}) => ({ cpus: 1, memoryBytes: 4 * GB, walltimeSeconds: 7200, ...change })
const job = (usage: Partial<JobUsage['usage']> = {}, change: object = {}, kind = 'sample'): JobUsage => ({
  submission: { number: 1, intent: intent(change) } as unknown as Submission,
  kind,
  usage: { seconds: 1800, cpuSeconds: 1500, peakMemoryBytes: 0.93 * GB, ...usage },
})

test('core-hours, memory and walltime are told for each kind of task', () => {
  const { kinds } = runCost([job(), job({ seconds: 3600, peakMemoryBytes: GB }), job({ seconds: 36 }, { cpus: 4 }, 'evaluate')], [])
  expect(kinds).toEqual([
    {
      kind: 'sample',
      jobs: 2,
      coreHours: { held: 1.5, used: 3000 / 3600 },
      memory: { asked: 4 * GB, largest: GB },
      walltime: { asked: 7200, longest: 3600 },
    },
    expect.objectContaining({ kind: 'evaluate', jobs: 1, coreHours: { held: 0.04, used: 1500 / 3600 } }),
  ])
})

describe('the next run may ask', () => {
  const of = (jobs: readonly JobUsage[], stops = 0, seconds = 1800) =>
    runCost(jobs, [{ task: 'sample-0000-0', seconds, stops }]).suggestions

  test('for less where much less was used', () => {
    expect(of([job()])).toEqual([
      'memoryPerJob: 1.2GB would do: the largest job used 0.9GB of 4.0GB',
      "walltime: '00:45:00' would do: the longest job took 00:30:00 of 02:00:00",
    ])
  })

  test('for the same where about that was used', () => {
    expect(of([job({ seconds: 4000, peakMemoryBytes: 3 * GB })])).toEqual([])
  })

  test('for more memory where it was close', () => {
    expect(of([job({ seconds: 4000, peakMemoryBytes: 3.8 * GB })])).toEqual([
      'memoryPerJob: 4.8GB is safer: the largest job used 3.8GB of 4.0GB',
    ])
  })

  test('for a walltime that holds a task whole', () => {
    expect(of([job({ seconds: 7100, peakMemoryBytes: 3 * GB })], 2, 15_000)).toEqual([
      "walltime: '06:15:00' would hold each in one: 1 of 1 tasks went on in another job",
    ])
  })

  test('for the cores that were busy', () => {
    const four = job({ seconds: 4000, cpuSeconds: 6000, peakMemoryBytes: 3 * GB }, { cpus: 4 })
    expect(of([four])).toEqual(['cpus: 2 would do: the busiest job kept 1.5 of 4 cores busy'])
  })

  test('for more, but not for less, after a run that ended without a result', () => {
    const early = (one: JobUsage, stops = 0) => runCost([one], [{ task: 'sample-0000-0', seconds: 15_000, stops }], 'early').suggestions
    expect(early(job({ seconds: 60, peakMemoryBytes: 0.5 * GB }, { cpus: 4 }))).toEqual([])
    expect(early(job({ peakMemoryBytes: 3.8 * GB }), 1)).toEqual([
      'memoryPerJob: 4.8GB is safer: the largest job used 3.8GB of 4.0GB',
      "walltime: '06:15:00' would hold each in one: 1 of 1 tasks went on in another job",
    ])
  })

  test('for nothing else where the site decides what jobs get', () => {
    expect(of([job({}, { memoryBytes: null, walltimeSeconds: null })])).toEqual([])
  })
})

test('times are written as the setting takes them', () =>
  expect([formatWalltime(59.6), formatWalltime(3661), formatWalltime(360_000)]).toEqual(['00:01:00', '01:01:01', '100:00:00']))

test('what jobs recorded is added up once for each process, with what a job that was killed had recorded last', async () => {
  const run = await temporaryFolder()
  const write = async (path: string, content: object): Promise<void> => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, JSON.stringify(content))
  }
  const [first, second, third] = ['sample-0000-0', 'sample-0000-1', 'sample-0001-0']
  await write(join(run, 'submissions', '0001.intent.json'), {
    format: 1,
    name: 'caaaaaaaaaaaa',
    elements: [[first, second], [third]],
    first: 0,
    walltimeSeconds: 3600,
    marginSeconds: 60,
    atOnce: 2,
    limits: { taskSeconds: null, heartbeatSeconds: 60, memoryBytes: null },
    environment: null,
    oldCancel: null,
    epoch: 1,
    scheduler: 'Slurm',
    array: true,
    memoryBytes: GB,
    cpus: 2,
    continues: null,
    history: {},
    command: [],
    at: 0,
  })
  const record = { format: 1, submission: 1, name: 'c', job: '7', host: 'n1', at: 0, deadline: null }
  const ended = { format: 1, attempt: 1, at: 0, seconds: 1700, node: 'n1', status: 'completed', files: [] }
  // Two tasks of one process, which had used more when the second one ended.
  for (const [task, cpuSeconds] of [
    [first, 1000],
    [second, 3000],
  ] as const) {
    const directory = attemptDirectory(run, task, 1)
    await write(join(directory, 'job.json'), { ...record, index: 0, pid: 11 })
    await write(endedRecord(directory), { ...ended, task, usage: { seconds: 1800, cpuSeconds, peakMemoryBytes: 0.5 * GB } })
  }
  const killed = attemptDirectory(run, third, 1)
  await write(join(killed, 'job.json'), { ...record, index: 1, pid: 12 })
  await write(join(killed, 'beat'), { beats: 9, usage: { seconds: 3590, cpuSeconds: 3000, peakMemoryBytes: 0.95 * GB } })

  const cost = await recordCost(run)
  expect(cost).toMatchObject({
    scheduler: 'Slurm',
    kinds: [
      {
        kind: 'sample',
        jobs: 2,
        coreHours: { held: (2 * (1800 + 3590)) / 3600, used: 6000 / 3600 },
        memory: { asked: GB, largest: 0.95 * GB },
        walltime: { asked: 3600, longest: 3590 },
      },
    ],
    suggestions: [expect.stringMatching(/^memoryPerJob: 1\.2GB is safer/)],
  })
  expect(await readCost(run)).toEqual(cost)
  expect(await recordCost(run, 'early')).toMatchObject({ end: 'early', kinds: [{ jobs: 2 }] })
})

test('a run without jobs has no cost', async () => {
  const run = await temporaryFolder()
  expect([await recordCost(run), await readCost(run)]).toEqual([undefined, undefined])
})
