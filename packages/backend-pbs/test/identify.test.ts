import type { Ask, CommandAnswer } from '@chorale/core/contracts'
import { describe, expect, test } from 'vitest'

import { pbsScheduler } from '../src/index.js'
import { answered } from './recordings.js'

const asks =
  (version: CommandAnswer, server: CommandAnswer): Ask =>
  async ([, option]) =>
    option === '--version' ? version : server

const OPENPBS = answered('pbs_version = 23.06.06\n')
const TORQUE = answered('Version: 6.1.3.h5\nCommit: abc\n')
const server = (...lines: string[]): CommandAnswer => answered(['Server: pbshost', ...lines.map(line => `    ${line}`), '', ''].join('\n'))

describe('which PBS it is', () => {
  test('OpenPBS with its limits and history', async () => {
    const history = ['job_history_enable = True', 'job_history_duration = 02:00:00', 'max_array_size = 500']
    expect(await pbsScheduler({}).identify(asks(OPENPBS, server(...history)))).toMatchObject({
      scheduler: 'OpenPBS',
      dialect: 'openpbs',
      version: '23.06.06',
      arrays: { least: 2, most: 500, throttle: true },
      historySeconds: 7200,
      details: { server: 'pbshost' },
    })
  })

  test('without a history, and with what the manual gives as defaults', async () => {
    expect(await pbsScheduler({}).identify(asks(OPENPBS, server()))).toMatchObject({ arrays: { most: 10_000 }, historySeconds: 0 })
    expect(await pbsScheduler({}).identify(asks(OPENPBS, server('job_history_enable = True')))).toMatchObject({ historySeconds: 1_209_600 })
  })

  test('an old PBS Pro takes no limit of elements at a time', async () => {
    const facts = await pbsScheduler({}).identify(asks(answered('pbs_version = PBSPro_13.1.0.160576\n'), server()))
    expect(facts).toMatchObject({ dialect: 'openpbs', arrays: { throttle: false } })
  })

  test('TORQUE, wherever it prints its version', async () => {
    for (const version of [TORQUE, answered('', 0, 'Version: 6.1.3.h5')]) {
      const facts = await pbsScheduler({}).identify(asks(version, server('keep_completed = 300')))
      expect(facts).toMatchObject({ scheduler: 'TORQUE', dialect: 'torque', arrays: { least: 1, throttle: true }, historySeconds: 300 })
    }
  })

  test('what the settings say counts', async () => {
    expect(await pbsScheduler({ dialect: 'torque' }).identify(asks(OPENPBS, server()))).toMatchObject({ dialect: 'torque' })
    expect(await pbsScheduler({ dialect: 'pbspro' }).identify(asks(answered('odd'), server()))).toMatchObject({ dialect: 'openpbs' })
  })

  test("Slurm's wrappers are named as what they may be", async () => {
    const wrapper = answered('', 2, 'Unknown option: version')
    await expect(pbsScheduler({}).identify(asks(wrapper, server()))).rejects.toMatchObject({
      code: 'CHORALE_PBS_DIALECT_UNKNOWN',
      details: { fix: expect.stringContaining('backend.name: slurm') as string },
    })
  })

  test('a server that does not answer is an error', async () => {
    await expect(pbsScheduler({}).identify(asks(OPENPBS, answered('', 255, 'Connection refused')))).rejects.toThrow('Connection refused')
  })
})
