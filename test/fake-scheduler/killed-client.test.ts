import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { until } from '../e2e/command.js'
import { attemptsOf, drawDigests, lastingSummary, onlyRun } from '../e2e/run-files.js'
import { cluster, undisturbed } from './cluster.js'

test('copies of jobs that were asked for go on where these stopped, although the client was killed outright', async () => {
  const expected = await undisturbed()
  const site = await cluster('openpbs', '', { walltime: 3600, continuations: 1 })
  const client = site.start('run')
  await expect.poll(async () => (await site.fake.jobs()).length, { timeout: 60_000 }).toBe(2)
  const run = onlyRun(site)
  await until(() => attemptsOf(run).length === 2, 'an attempt of both chains')
  client.kill('SIGKILL')
  expect(await client.ended).toMatchObject({ signal: 'SIGKILL' })
  // What a server sends at the walltime.
  for (const { session } of (await site.fake.jobs())[0]!.elements) process.kill(-session!, 'SIGTERM')
  const ended = (): number => readdirSync(join(run, 'done')).length
  await until(() => ended() === 2, 'the end of both jobs')
  site.say('go')
  await until(() => ended() === 4, 'the end of their copies')
  expect(await site.chorale('attach', 'latest')).toMatchObject({ code: 0 })
  expect(drawDigests(run)).toEqual(expected.draws)
  expect(lastingSummary(run)).toEqual({ ...expected.summary, backend: 'pbs' })
  expect((await site.fake.calls()).filter(({ command }) => command === 'qsub')).toHaveLength(2)
})
