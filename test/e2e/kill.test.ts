import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startChorale, until } from './command.js'
import { choraleHere } from './command-here.js'
import { LINGER, lingering, normalFolder, normalModel, project, type Files } from './project.js'
import { acceptedChains, attemptsOf, drawDigests, endedTasks, isPlanned, lastingSummary, onlyRun, runsOf } from './run-files.js'

const IS_LONG = process.env['CHORALE_LONG_TESTS'] === '1'

const LINGERING = { 'model.mjs': lingering(), [LINGER]: '' }
/** A chain takes a tenth of a second. The draws are those of the model that does not wait. */
const SLOW = { 'model.mjs': normalModel({ milliseconds: 0.1 }) }

let undisturbed: ReturnType<typeof normalFolder>
beforeAll(async () => {
  undisturbed = normalFolder()
  expect(await choraleHere(undisturbed, 'run')).toMatchObject({ code: 0 })
})
afterAll(() => undisturbed.dispose())

/** Kills a run at a moment, goes on with it, and compares: finished chains stay as they are, and the result is that of the undisturbed run. */
async function killAndResume(files: Files, moment: (run: string) => Promise<unknown>, ...flags: readonly string[]): Promise<void> {
  const where = project(files)
  const running = startChorale(where, 'run', ...flags)
  const run = await until(() => runsOf(where)[0], 'the run directory')
  await until(() => isPlanned(run), 'the plan')
  await moment(run)
  running.kill('SIGKILL')
  expect(await running.ended).toMatchObject({ signal: 'SIGKILL' })
  rmSync(join(where.folder, LINGER), { force: true })
  const before = acceptedChains(run)
  const attempts = attemptsOf(run).filter(name => name.split('/')[0]! in before)

  const resumed = await choraleHere(where, 'run', '--resume', 'latest')
  expect(resumed.stderr).not.toContain('CHORALE_')
  expect(resumed.code).toBe(0)
  expect(acceptedChains(run)).toMatchObject(before)
  expect(attemptsOf(run).filter(name => name.split('/')[0]! in before)).toEqual(attempts)
  expect(drawDigests(run)).toEqual(drawDigests(onlyRun(undisturbed)))
  expect(lastingSummary(run)).toEqual(lastingSummary(onlyRun(undisturbed)))
}

const exists = (path: string) => (): boolean => existsSync(path)

describe('a run that is killed and resumed gives the same draws, and finished chains do not run again', () => {
  test('killed after planning', () => killAndResume(LINGERING, async () => undefined))

  test('killed after the first chain', () =>
    killAndResume(LINGERING, run => until(() => endedTasks(run).length > 0, 'the first end of a chain')))

  test('killed in the middle of a chain', () =>
    killAndResume(LINGERING, async run => {
      const attempt = join(run, 'tasks', 'sample-0001-0', '001')
      await until(exists(join(attempt, 'started.json')), 'the start of a chain')
      await new Promise(resolve => setTimeout(resolve, 50))
      expect(existsSync(join(attempt, 'ended.json'))).toBe(false)
    }))

  test('killed during verification', () =>
    killAndResume(
      {},
      async run => {
        await until(exists(join(run, 'tasks', 'evaluate-0001-000', '001')), 'the verification')
        expect(existsSync(join(run, 'summary.json'))).toBe(false)
      },
      '--set',
      'combination.evaluate=backend',
    ))

  test.each(IS_LONG ? [11, 12, 13] : [11])('killed at a random moment, seed %i', async seed => {
    // Numbers of the minimal standard generator (Park & Miller 1988), from 0 to the length of a run.
    const delay = (1500 * ((seed * 48271 * 48271) % 2147483647)) / 2147483647
    console.log(`seed ${seed}: killed ${delay.toFixed(0)} ms after planning`)
    await killAndResume(SLOW, () => new Promise(resolve => setTimeout(resolve, delay)))
  })
})

test('a run that is killed while it is planned holds nothing, and resume says what to do', async () => {
  const where = project({ 'model.mjs': normalModel({ planMilliseconds: 1000 }) })
  const running = startChorale(where, 'run')
  const run = await until(() => runsOf(where)[0], 'the run directory')
  running.kill('SIGKILL')
  await running.ended
  expect(isPlanned(run)).toBe(false)
  for (const name of ['latest', run]) {
    const { code, stderr } = await choraleHere(where, 'run', '--resume', name)
    expect(code).toBe(2)
    expect(stderr).toMatch(/CHORALE_RUN_NOT_FOUND .*ended while it was being planned/)
    expect(stderr).toMatch(/fix +start it again: chorale run/)
  }
})
