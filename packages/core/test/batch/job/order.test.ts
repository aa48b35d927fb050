import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { cancelText, unwanted } from '../../../src/batch/job/order.js'
import type { JobOrder } from '../../../src/batch/job-files.js'
import { requestCancel, withdrawCancel } from '../../../src/run-directory/index.js'

let run: string
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'chorale-order-'))
})
afterEach(() => rm(run, { recursive: true, force: true }))

const TASKS = ['sample-0000-0', 'sample-0000-1']
const orderNow = async () => ({ oldCancel: await cancelText(run) }) as JobOrder

describe('what a job ends by itself, whoever asked for it', () => {
  test('one of its tasks, where the end of that one is asked for', async () => {
    const order = await orderNow()
    expect(await unwanted(run, 1, order, TASKS)).toEqual(new Set())
    await requestCancel(run, [TASKS[1]!, 'sample-0007-0'])
    expect(await unwanted(run, 1, order, TASKS)).toEqual(new Set([TASKS[1]]))
    await withdrawCancel(run)
    expect(await unwanted(run, 1, order, TASKS)).toEqual(new Set())
  })

  test('all of them with the run, but not for a request that is older than its submission', async () => {
    const before = await orderNow()
    await requestCancel(run, 'all')
    expect(await unwanted(run, 1, before, TASKS)).toEqual(new Set(TASKS))
    expect(await unwanted(run, 1, await orderNow(), TASKS)).toEqual(new Set())
  })
})
