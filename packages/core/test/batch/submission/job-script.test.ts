import { execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'

import { batchSettings } from '../../../src/batch/batch-settings.js'
import { environmentText, jobScript, shellWord } from '../../../src/batch/submission/job-script.js'
import type { BatchOptions } from '../../../src/contracts/index.js'

/** A script over a stand-in for what Node runs, in a folder whose name a shell could misread. */
async function script(entry: string, options: BatchOptions = {}, array = true) {
  const parent = await mkdtemp(join(tmpdir(), 'chorale-script-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const folder = join(parent, `it's a "$(touch here)" folder`)
  await mkdir(folder)
  await writeFile(join(folder, 'entry.mjs'), entry)
  const settings = batchSettings(options)
  const environment = Object.keys(settings.env).length > 0 ? join(folder, 'variables') : undefined
  if (environment) await writeFile(environment, environmentText(settings.env))
  const text = jobScript({
    settings,
    directivePrefix: '#TRY',
    variables: { index: 'TRY_INDEX', job: 'TRY_JOB' },
    array,
    run: folder,
    runId: 'run',
    submission: 7,
    name: 'cabc',
    entry: join(folder, 'entry.mjs'),
    output: folder,
    ...(environment ? { environment } : {}),
    umask: '077',
  })
  const path = join(folder, 'job.sh')
  await writeFile(path, text)
  await chmod(path, 0o700)
  return { folder, path, text, log: () => readFile(join(folder, 'cabc.3.log'), 'utf8') }
}

const env = { TRY_INDEX: '3', TRY_JOB: '12', NODE_OPTIONS: '--no-such-option', PATH: '/usr/bin:/bin' }
const runScript = (path: string): Promise<number> =>
  new Promise(resolve => execFile('/bin/sh', [path], { env, cwd: '/' }, error => resolve(typeof error?.code === 'number' ? error.code : 0)))

test.each([0, 1, 75, 76])('the exit code of a job is that of Node: %i', async code => {
  expect(await runScript((await script(`process.exit(${code})`)).path)).toBe(code)
})

test('a job runs in its folder with its arguments, whatever the folder is called, and without the options of the client', async () => {
  const { folder, path, log } = await script(
    'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2), process.umask(), process.env.LC_ALL]))',
  )
  const before = Math.floor(Date.now() / 1000)
  expect(await runScript(path)).toBe(0)
  const [cwd, run, submission, index, started, job, umask, locale] = JSON.parse(await log()) as readonly unknown[]
  expect([cwd, run, submission, index, job, umask, locale]).toEqual([folder, folder, '7', '3', '12', 0o077, 'C'])
  expect(Number(started)).toBeGreaterThanOrEqual(before)
  expect(existsSync(join(folder, 'here'))).toBe(false)
})

test('an element of an array that is not told its index runs no task, and a job that is no array has the index 0 whatever it is told', async () => {
  const entry = 'console.log(process.argv[4])'
  const element = await script(entry)
  const ended = spawnSync('/bin/sh', [element.path], { env: { PATH: env.PATH }, encoding: 'utf8' })
  expect([ended.status, ended.stdout]).toEqual([78, 'chorale: TRY_INDEX is not set in this element of an array\n'])
  const single = await script(entry, {}, false)
  expect(await runScript(single.path)).toBe(0)
  expect(await readFile(join(single.folder, 'cabc.0.log'), 'utf8')).toBe('0\n')
})

test('prologue, variables and epilogue run in their order, and the epilogue does not hide the exit code', async () => {
  const { path, log } = await script('console.log(process.env.TOLD, process.env.FROM_PROLOGUE); process.exit(75)', {
    env: { TOLD: `it's "$(id)"` },
    prologue: ['export FROM_PROLOGUE=yes'],
    epilogue: ['echo over; true'],
  })
  expect(await runScript(path)).toBe(75)
  expect(await log()).toBe(`it's "$(id)" yes\nover\n`)
})

test.each(['SIGTERM', 'SIGUSR1', 'SIGXCPU'] as const)(
  '%s to the shell reaches Node as TERM, and its exit code still counts',
  async signal => {
    const { path, log } = await script(
      `process.on('SIGTERM', () => { console.log('asked'); setTimeout(() => process.exit(75), 100) }); setInterval(() => {}, 1000); console.log('ready')`,
    )
    const shell = spawn('/bin/sh', [path], { env, stdio: 'ignore' })
    const ended = new Promise<number | null>(resolve => shell.on('exit', resolve))
    while (!(await log().catch(() => '')).includes('ready')) await sleep(20)
    shell.kill(signal)
    expect(await ended).toBe(75)
    expect(await log()).toBe('ready\nasked\n')
  },
)

test('without Node a job says so and ends with 127', async () => {
  const { path, log } = await script('', { node: '/no/such/node' })
  expect(await runScript(path)).toBe(127)
  expect(await log()).toContain('there is no Node at /no/such/node')
})

test("the user's directives stand at the top; a template decides where everything else stands", async () => {
  const { text } = await script('', { directives: ['--exclusive'] })
  expect(text.split('\n').slice(0, 2)).toEqual(['#!/bin/sh', '#TRY --exclusive'])
  const own = await script('console.log("ran")', {
    template: '#!/bin/sh\n{{directives}}\necho mine >here.txt\n{{run}}\nexit $chorale_code\n',
    directives: ['-x'],
  })
  expect(await runScript(own.path)).toBe(0)
  expect(await own.log()).toBe('ran\n')
  expect(own.text).toContain('#TRY -x')
})

test('a word of shell is one word', () => {
  expect([`a b`, `it's`, '$(x)', 'plain-1', ''].map(shellWord)).toEqual([`'a b'`, `'it'\\''s'`, `'$(x)'`, 'plain-1', `''`])
})

test('a job without an environment has the home folder of its user', async () => {
  const { path, log } = await script("import { userInfo } from 'node:os'\nconsole.log(process.env.HOME === userInfo().homedir)")
  expect(await runScript(path)).toBe(0)
  expect(await log()).toBe('true\n')
})

test('a template with the line ends of another system, or without a last one, is a script of this one', async () => {
  const template = '#!/bin/sh\r\n{{start}}\r\n{{run}}\r\nexit "$chorale_code"'
  const { path, text } = await script('process.exit(75)', { template })
  expect([text.includes('\r'), text.endsWith('\n')]).toEqual([false, true])
  expect(await runScript(path)).toBe(75)
})

test('modules are loaded by the shell of the job, and one that cannot be is named before Node starts', async () => {
  const defined = 'module() { [ "$2" = nodejs/20 ] && LOADED=$2 && export LOADED; }'
  const template = `#!/bin/sh\n${defined}\n{{start}}\n{{prologue}}\n{{run}}\nexit "$chorale_code"\n`
  const entry = 'console.log(process.env.LOADED)'
  const loads = await script(entry, { template, modules: ['nodejs/20'] })
  expect([await runScript(loads.path), await loads.log()]).toEqual([0, 'nodejs/20\n'])
  const fails = await script(entry, { template, modules: ['conda/24'] })
  expect([await runScript(fails.path), await fails.log()]).toEqual([78, 'chorale: module load conda/24 failed\n'])
})
