import { expect, test } from 'vitest'

import type { Diagnosis } from '@chorale/core'

import { CHORALE, chorale, start } from './command.js'
import { choraleHere } from './command-here.js'
import { detachedProject } from './detached-backend.js'
import { folderWith, project } from './project.js'

const linesOf = (stdout: string): Readonly<Record<string, Diagnosis>> =>
  Object.fromEntries((JSON.parse(stdout) as readonly Diagnosis[]).map(line => [line.what, line]))

test('a project that can run has no problem: machine, settings, run folder and backend are looked at', async () => {
  const { code, stdout } = await chorale(project(), 'doctor')
  expect(code).toBe(0)
  for (const what of ['Node', 'cores', 'memory', 'WebAssembly', 'settings', 'run folder', 'disk', 'backend cpu']) {
    expect(stdout).toMatch(new RegExp(`^(ok|warning) +${what}: `, 'm'))
  }
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('a folder without settings is no problem, but says what a run would need', async () => {
  const { folder } = project({ 'chorale.config.yaml': '' })
  const empty = folderWith({})
  try {
    expect((await choraleHere({ folder }, 'doctor')).stdout).toMatch(/^problem +settings: CHORALE_SETTINGS_EMPTY/m)
    const { code, stdout } = await choraleHere({ folder: empty.folder }, 'doctor', '--json')
    expect(code).toBe(0)
    expect(linesOf(stdout)['settings']).toMatchObject({
      level: 'warning',
      change: expect.stringContaining('chorale init') as string,
    })
  } finally {
    empty.dispose()
  }
})

test('a backend whose tasks run elsewhere must not have its runs in a temporary folder; what it finds itself is shown', async () => {
  const { code, stdout } = await choraleHere(detachedProject(), 'doctor', '--json')
  const found = linesOf(stdout)
  expect(code).toBe(3)
  expect(found['run folder']).toMatchObject({ level: 'problem', change: expect.stringContaining('output.directory') as string })
  expect(found['plugin ./processes.mjs']).toMatchObject({ level: 'ok' })
  expect(found['processes']).toEqual({ what: 'processes', level: 'ok', found: 'process ids in /proc' })
})

test('a job is tried of backends that have jobs', async () => {
  const { stdout } = await choraleHere(project(), 'doctor', '--job', '--json')
  expect(linesOf(stdout)['a job']).toMatchObject({ level: 'warning', found: 'none was tried: backend cpu has no batch jobs' })
})

test.each([
  ['a backend that lacks something', ['--set', 'backend.broken=true'], 'backend processes', /the option broken is set/],
  ['a backend that does not exist', ['--backend', 'nowhere'], 'backend nowhere', /CHORALE_BACKEND_UNKNOWN/],
  ['an option that it does not have', ['--set', 'backend.nodes=2'], 'backend processes', /CHORALE_OPTIONS_INVALID/],
])('%s is a problem, not the end of the list', async (_, args, what, message) => {
  const { code, stdout } = await choraleHere(detachedProject(), 'doctor', '--json', ...args)
  expect(code).toBe(3)
  expect(linesOf(stdout)[what]).toMatchObject({ level: 'problem', found: expect.stringMatching(message) as string })
  expect(linesOf(stdout)['disk']).toBeDefined()
})

test('a plugin that is broken is a problem with its name', async () => {
  const { code, stdout } = await choraleHere(detachedProject({ 'processes.mjs': 'throw new Error("no")' }), 'doctor', '--json')
  expect(code).toBe(3)
  expect(linesOf(stdout)['plugin ./processes.mjs']).toMatchObject({
    level: 'problem',
    found: expect.stringMatching(/CHORALE_PLUGIN_BROKEN/) as string,
  })
})

test.skipIf(process.platform !== 'linux')(
  'a limit on addresses that leaves no room for WebAssembly is found, with the way to lift it',
  async () => {
    const where = project()
    const { code, stdout } = await start('sh', ['-c', `ulimit -v 8000000; exec "${process.execPath}" "${CHORALE}" doctor --json`], where)
      .ended
    expect(code).toBe(3)
    expect(linesOf(stdout)['WebAssembly']).toMatchObject({
      level: 'problem',
      found: expect.stringContaining('address space limited to 8.2 GB') as string,
      change: expect.stringContaining('ulimit -v unlimited') as string,
    })
  },
)
