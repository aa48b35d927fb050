import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { decodeRowsFile } from '@chorale/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { chorale, startChorale, until } from './command.js'
import { choraleHere } from './command-here.js'
import { normalFolder, normalModel, normalPosterior, project } from './project.js'
import { acceptedChains, attemptsOf, drawDigests, endedTasks, onlyRun, runsOf, summaryOf } from './run-files.js'

let finished: ReturnType<typeof normalFolder>
let run: string
beforeAll(async () => {
  finished = normalFolder()
  expect(await choraleHere(finished, 'run')).toMatchObject({ code: 0 })
  run = onlyRun(finished)
})
afterAll(() => finished.dispose())

const samplingAttempts = (): readonly string[] => attemptsOf(run).filter(name => name.startsWith('sample-'))

test('combining again with another combiner samples nothing, and adds its result to that of the first', async () => {
  const before = { attempts: samplingAttempts(), chains: acceptedChains(run) }
  const { code, stdout } = await chorale(finished, 'combine', 'latest', '--combiner', 'gaussian', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ combiner: 'gaussian' })
  expect({ attempts: samplingAttempts(), chains: acceptedChains(run) }).toEqual(before)
  expect(Object.keys(drawDigests(run))).toEqual(expect.arrayContaining(['auto', 'gaussian']))
  const { mean, sd } = normalPosterior()
  expect(Math.abs(summaryOf(run).parameters['mu']!.mean - mean)).toBeLessThan(0.2 * sd)
})

test('combining again with the same combiner gives the same draws', async () => {
  const before = drawDigests(run)['auto']
  expect(before).toBeDefined()
  expect(await choraleHere(finished, 'combine', run, '--combiner', 'auto')).toMatchObject({ code: 0 })
  expect(drawDigests(run)['auto']).toBe(before)
})

test('--draws says how many combined draws are made', async () => {
  expect(await choraleHere(finished, 'combine', run, '--draws', '50')).toMatchObject({ code: 0 })
  const { rows } = decodeRowsFile(readFileSync(join(run, 'results', 'auto', 'draws.bin')))
  expect(rows).toBe(50)
})

test('--compare shows combiners side by side, and leaves the result of the run alone', async () => {
  const before = readFileSync(join(run, 'summary.json'), 'utf8')
  const { code, stdout, stderr } = await choraleHere(finished, 'combine', run, '--compare', 'gaussian,consensus,nonsense')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^parameter +gaussian +consensus$/m)
  expect(stdout).toMatch(/^mu +-?[\d.]+ \([\d.]+\) +-?[\d.]+ \([\d.]+\)$/m)
  expect(stdout).toMatch(/^ *gaussian +(exact|approximate|unreliable)/m)
  expect(stderr).toMatch(/failed.*nonsense/)
  expect(readFileSync(join(run, 'summary.json'), 'utf8')).toBe(before)
  const compared = JSON.parse((await choraleHere(finished, 'combine', run, '--compare', 'gaussian,consensus', '--json')).stdout)
  expect(Object.keys(compared)).toEqual(['gaussian', 'consensus'])
  expect(compared.gaussian).toMatchObject({ combiner: 'gaussian', verification: { verdict: expect.any(String) } })
})

test('--compare needs two combiners, and cannot be mixed with --combiner', async () => {
  expect(await choraleHere(finished, 'combine', run, '--compare', 'gaussian')).toMatchObject({ code: 2 })
  expect(await choraleHere(finished, 'combine', run, '--compare', 'gaussian,consensus', '--combiner', 'gaussian')).toMatchObject({
    code: 2,
  })
})

test('a combiner that does not exist is refused with the nearest name', async () => {
  const { code, stdout, stderr } = await choraleHere(finished, 'combine', 'latest', '--combiner', 'gausian')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^CHORALE_COMBINER_UNKNOWN .*"gausian"; did you mean "gaussian"/m)
})

test('an option that the combiner does not have is refused', async () => {
  const { code, stderr } = await choraleHere(finished, 'combine', 'latest', '--option', 'sigmaa=3')
  expect(code).toBe(2)
  expect(stderr).toMatch(/CHORALE_OPTIONS_INVALID .*sigmaa/)
})

test('a run whose chains are not all finished is not combined', async () => {
  const where = project({ 'model.mjs': normalModel({ milliseconds: 0.5 }) })
  const running = startChorale(where, 'run')
  const unfinished = await until(() => runsOf(where)[0], 'the run directory')
  await until(() => endedTasks(unfinished).length > 0, 'the first end of a chain')
  running.kill('SIGKILL')
  await running.ended
  const { code, stderr } = await choraleHere(where, 'combine', 'latest')
  expect(code).toBe(2)
  expect(stderr).toMatch(/CHORALE_RUN_UNFINISHED .*of 6 chains/)
  expect(stderr).toContain('chorale run --resume')
  expect(existsSync(join(unfinished, 'summary.json'))).toBe(false)
})
