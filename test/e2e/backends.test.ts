import { afterAll, beforeAll, expect, test } from 'vitest'

import { chorale } from './command.js'
import { choraleHere } from './command-here.js'
import { normalFolder, project } from './project.js'
import { onlyRun, runsOf, summaryOf } from './run-files.js'

/** A backend that answers to another's legacy alias, in plain JavaScript; it runs tasks in this process. */
const ALIASED = `
export default {
  name: 'threads-of-ours',
  apiVersion: 1,
  backends: [{
    name: 'ours',
    aliases: ['fast'],
    summary: 'tasks in this process',
    capabilities: { sameProcess: true },
    options: { type: 'object', properties: { lanes: { type: 'integer', minimum: 1 } }, additionalProperties: false },
    create(options, host) {
      let context
      return host.liveBackend('ours', { sameProcess: true }, {
        async open(given) { context = given },
        start(task, attempt, emit) {
          let stopped = false
          return {
            outcome: context.runTask(task, { attempt, emit, shouldStop: () => stopped }),
            stop() { stopped = true },
            async kill() { stopped = true },
          }
        },
        async close() {},
      })
    },
  }],
}
`
const PLUGIN = ['--set', 'plugins=["./ours.mjs"]']

let where: ReturnType<typeof normalFolder>
beforeAll(() => {
  where = normalFolder({ 'ours.mjs': ALIASED })
})
afterAll(() => where.dispose())

test('a backend is selected by its alias', async () => {
  const own = project({ 'ours.mjs': ALIASED })
  expect(await choraleHere(own, 'run', ...PLUGIN, '--backend', 'fast', '--set', 'backend.lanes=2')).toMatchObject({ code: 0 })
  expect(summaryOf(onlyRun(own)).backend).toBe('ours')
})

test('a backend that is known but not installed: the package to install', async () => {
  const { code, stderr } = await choraleHere(where, 'run', '--backend', 'pbs')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^CHORALE_BACKEND_NOT_INSTALLED .*"pbs" is provided by @chorale\/backend-pbs/m)
  expect(stderr).toMatch(/^ {2}fix +pnpm add @chorale\/backend-pbs$/m)
  expect(runsOf(where)).toEqual([])
})

test('the legacy name jax means workers: selected, or the package to install', async () => {
  const { code, stderr } = await chorale(where, 'run', '--backend', 'jax')
  if (code === 0) return expect(stderr).toContain('backend workers')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^CHORALE_BACKEND_NOT_INSTALLED .*"jax" is provided by @chorale\/backend-workers/m)
})

test('a backend that does not exist: every name and alias, and the nearest one', async () => {
  const { code, stderr } = await choraleHere(where, 'run', '--backend', 'jxa')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^CHORALE_BACKEND_UNKNOWN .*"jxa"; did you mean "jax"\?/m)
  expect(stderr).toMatch(/^ {2}asked for by +--backend jxa/m)
  for (const name of ['cpu', 'workers', 'multiprocessing', 'jax', 'pjit', 'jit', 'pbs', 'slurm'])
    expect(stderr).toMatch(new RegExp(`available.*\\b${name}\\b`))
})

test('an option that the backend does not have is refused, and so is a wrong value', async () => {
  const unknown = await choraleHere(where, 'run', ...PLUGIN, '--backend', 'ours', '--set', 'backend.lane=2')
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toMatch(/CHORALE_OPTIONS_INVALID .*lane/)
  const wrong = await choraleHere(where, 'run', ...PLUGIN, '--backend', 'ours', '--set', 'backend.lanes=0')
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toMatch(/CHORALE_OPTIONS_INVALID .*lanes/)
})

test('chorale backends lists what is installed, what plugins bring and what can be installed', async () => {
  const { code, stdout } = await chorale(where, 'backends', ...PLUGIN)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^cpu +installed +\S/m)
  expect(stdout).toMatch(/^ours +fast +installed +tasks in this process$/m)
  expect(stdout).toMatch(/^workers +multiprocessing, jax /m)
  expect(stdout).toMatch(/^pjit +jit +installed +\S/m)
  for (const name of ['pbs', 'slurm']) expect(stdout).toMatch(new RegExp(`^${name} +npm install @chorale/backend-${name}`, 'm'))
})

test('chorale combiners lists every name, alias and what it does', async () => {
  const { code, stdout } = await chorale(where, 'combiners')
  expect(code).toBe(0)
  for (const name of ['amis', 'auto', 'consensus', 'gaussian', 'robust', 'simple_average'])
    expect(stdout).toMatch(new RegExp(`^${name} .*installed +\\S`, 'm'))
  expect(stdout).toMatch(/^gaussian +parametric /m)
  expect(stdout).toMatch(/^robust +robust_consensus_mc /m)
})
