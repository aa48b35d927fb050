import { basename } from 'node:path'

import { expect, test } from 'vitest'

import { drawDigests, onlyRun } from '../e2e/run-files.js'
import { cluster, undisturbed } from './cluster.js'

test('a run whose jobs were refused goes on with another queue, to the same draws', async () => {
  const expected = await undisturbed()
  const site = await cluster('openpbs', '', { queue: 'nowhere' })
  site.say('go')
  const refused = await site.chorale('run')
  const run = onlyRun(site)
  expect(refused.stderr).toMatch(/^CHORALE_SUBMISSION_REFUSED .*Unknown queue/m)
  expect(refused.stderr.replaceAll(/\s+/g, ' ')).toContain(`chorale run --resume ${basename(run)} --set backend.queue=VALUE`)
  expect((await site.chorale('status')).stdout).toMatch(/^resume {3}chorale run --resume .* --set backend\.KEY=VALUE/m)

  const other = await site.chorale('run', '--resume', 'latest', '--set', 'sampling.draws=9')
  expect(other.code).toBe(2)
  expect(other.stderr).toMatch(/^CHORALE_SETTINGS_INVALID .*sampling\.draws/m)
  expect(await site.chorale('run', '--resume', 'latest', '--set', 'backend.queue=workq')).toMatchObject({ code: 0 })
  expect(drawDigests(run)).toEqual(expected.draws)
  const queues = (await site.fake.calls()).filter(({ command }) => command === 'qsub').map(({ argv }) => argv[argv.indexOf('-q') + 1])
  expect(queues).toEqual(['nowhere', 'workq'])
})
