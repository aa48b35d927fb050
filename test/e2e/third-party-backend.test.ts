import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { chorale, REPOSITORY } from './command.js'
import { choraleHere } from './command-here.js'
import { project } from './project.js'
import { drawDigests, onlyRun, summaryOf } from './run-files.js'

const BACKEND = readFileSync(join(REPOSITORY, 'examples', 'plugin-template', 'backend.mjs'), 'utf8')

test('a backend in one plain JavaScript file runs the job, with the bits of cpu', async () => {
  const [where, reference] = [project({ 'backend.mjs': BACKEND }), project()]
  const args = ['--set', 'plugins=["./backend.mjs"]', '--backend', 'tutorial', '--set', 'backend.latencySeconds=0.01']
  expect(await choraleHere(where, 'run', ...args)).toMatchObject({ code: 0 })
  expect(summaryOf(onlyRun(where)).backend).toBe('tutorial')
  expect(await choraleHere(reference, 'run')).toMatchObject({ code: 0 })
  expect(drawDigests(onlyRun(where))).toEqual(drawDigests(onlyRun(reference)))
})

/** The template's own test runs the suite as well, and so does the one of its installed package: `CHORALE_LONG_TESTS=1` runs it here, too. */
const IS_LONG = process.env['CHORALE_LONG_TESTS'] === '1'

test.runIf(IS_LONG)('the backend passes the contract suite', async () => {
  const { code, stdout } = await chorale(project({ 'backend.mjs': BACKEND }), 'plugin', 'check', './backend.mjs')
  expect(stdout).not.toMatch(/^ *failed /m)
  expect(stdout).toMatch(/passed +backend "tutorial": gives the same draws/)
  expect(code).toBe(0)
})

const RUN_TASK = 'return await context.runTask(task, { attempt, emit, shouldStop: () => stopRequested })'

test.runIf(IS_LONG)('a backend that reports a wrong digest fails the contract suite, which names the promise', async () => {
  if (!BACKEND.includes(RUN_TASK)) throw new Error(`the template has no "${RUN_TASK}"`)
  const source = BACKEND.replace(
    RUN_TASK,
    `const result = await context.runTask(task, { attempt, emit, shouldStop: () => stopRequested })
      return { ...result, files: result.files.map(file => ({ ...file, digest: '0'.repeat(64) })) }`,
  )
  const { code, stdout } = await chorale(project({ 'backend.mjs': source }), 'plugin', 'check', './backend.mjs')
  const failed = stdout.split('\n').filter(line => /^ *failed /.test(line))
  expect(failed.join('\n')).toMatch(/names files that exist, with their size and digest/)
  expect(code).toBe(1)
})

test('a plugin that does not exist cannot be checked', async () => {
  const { code, stderr } = await chorale(project(), 'plugin', 'check', './absent.mjs')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^CHORALE_PLUGIN_NOT_FOUND .*absent\.mjs/m)
})
