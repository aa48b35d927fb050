import { spawn } from 'node:child_process'
import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'

import { CHORALE, chorale, startChorale, until, type Ended } from './command.js'
import { choraleHere } from './command-here.js'
import { DETACHED_SETTINGS, detachedProject, heldProject, PROCESSES_BACKEND } from './detached-backend.js'
import { normalFolder, normalModel } from './project.js'
import { attemptsOf, drawDigests, endedTasks, isPlanned, onlyRun, runsOf, summaryOf } from './run-files.js'
import { hasTerminal, onTerminal } from './terminal.js'

type Project = { readonly folder: string }

const CHAINS = 3
let expected: ReturnType<typeof drawDigests>

beforeAll(async () => {
  const { folder, dispose } = normalFolder({ 'chorale.config.yaml': DETACHED_SETTINGS, 'processes.mjs': PROCESSES_BACKEND })
  expect(await chorale({ folder }, 'run', '--backend', 'workers')).toMatchObject({ code: 0 })
  expected = drawDigests(onlyRun({ folder }))
  dispose()
})

async function detach(where: Project, ...args: readonly string[]): Promise<string> {
  expect(await choraleHere(where, 'run', '--detach', ...args)).toMatchObject({ code: 4 })
  return onlyRun(where)
}

const samples = (run: string): readonly string[] => attemptsOf(run).filter(name => name.startsWith('sample-'))
const driversOf = (run: string): readonly string[] => readdirSync(join(run, 'drivers')).filter(name => name.endsWith('.json'))

/** Every chain ran once, and the draws are those of a run on `workers`. */
function expectOneRun(run: string): void {
  expect(samples(run)).toHaveLength(CHAINS)
  expect(drawDigests(run)).toEqual(expected)
}

describe('a detached run', () => {
  test('goes on without a client; whoever attaches collects it, with the draws of workers, and whoever comes later reads its result', async () => {
    const where = detachedProject()
    const { code, stdout, stderr } = await chorale(where, 'run', '--detach')
    const run = onlyRun(where)
    const id = basename(run)
    expect(code).toBe(4)
    expect(stdout).toContain(`Detached run ${id}: 3 tasks given to the backend processes`)
    expect(stdout).toContain('Nobody tries lost tasks again or combines until the next attach, status --wait or combine.')
    expect(stdout).toContain(`chorale attach ${id} `)
    expect(stderr).toContain('3 tasks, at most 3 at a time')

    const status = await choraleHere(where, 'status')
    expect(status).toMatchObject({ code: 4, stdout: expect.stringMatching(/^state {4}detached/m) as string })
    await until(() => endedTasks(run).length === CHAINS, 'the end of all chains')
    expect((await choraleHere(where, 'status')).stdout).toMatch(/^state {4}detached: all chains have ended; nobody has combined them$/m)
    expect(existsSync(join(run, 'summary.json'))).toBe(false)

    const attached = await chorale(where, 'attach')
    expect(attached).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Posterior\n/) as string })
    expectOneRun(run)
    const drivers = driversOf(run)
    expect(await choraleHere(where, 'attach', id)).toMatchObject({ code: 0, stdout: attached.stdout })
    expect(driversOf(run)).toEqual(drivers)
    expect((await chorale(where, 'list')).stdout).toMatch(new RegExp(`^${id} +finished +processes +3/3 `, 'm'))
  })

  test.each([
    ['a backend whose tasks end with the process', ['--backend', 'cpu'], /tasks of the backend "cpu" end with the process/],
    ['the automatic backend', ['--backend', 'auto'], /chosen automatically[^]*fix +name one/],
    ['an option that is for something else', ['--resume', 'latest'], /--detach cannot be used with --resume/],
  ])('is refused for %s', async (_, args, message) => {
    const where = detachedProject()
    const { code, stderr } = await choraleHere(where, 'run', '--detach', ...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(runsOf(where)).toEqual([])
  })

  test('is refused for a plugin that is an imported object: nobody could load it later', async () => {
    const settings = `import processes from './processes.mjs'
      export default { model: './model.mjs', data: { path: 'data.csv' }, backend: 'processes', plugins: [processes] }`
    const where = detachedProject({ 'chorale.config.mjs': settings })
    const { code, stderr } = await choraleHere(where, 'run', '--detach', '-c', 'chorale.config.mjs')
    expect(code).toBe(2)
    expect(stderr).toMatch(/^CHORALE_NOT_DETACHABLE .*"processes" is an imported object/m)
    expect(runsOf(where)).toEqual([])
  })

  test('is previewed with what happens then', async () => {
    const where = detachedProject()
    const { code, stdout } = await choraleHere(where, 'run', '--detach', '--dry-run')
    expect(code).toBe(0)
    expect(stdout.replace(/\n +/g, ' ')).toContain(
      'Detached the tasks would go to processes, and the command would end with exit code 4; nobody combines until',
    )
    expect(runsOf(where)).toEqual([])
    expect(await choraleHere(where, 'run', '--detach', '--dry-run', '--backend', 'cpu')).toMatchObject({ code: 2 })
  })
})

describe('two clients', () => {
  test('one drives, the other reads along and shows the same result', async () => {
    const where = heldProject()
    const run = await detach(where)
    const first = startChorale(where, 'attach')
    await until(() => driversOf(run).length === 2, 'the first client')
    const second = startChorale(where, 'attach')
    await until(() => second.stderr().includes('reading along'), 'the second client')
    where.release()
    const [drove, read] = await Promise.all([first.ended, second.ended])
    expect(drove).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Posterior\n/) as string })
    expect(read).toMatchObject({ code: 0, stdout: drove.stdout })
    expect(read.stderr).toMatch(/reading along[^]*process \d+ on \S+: \d of 3 chains finished/)
    expect(driversOf(run)).toHaveLength(2)
    expectOneRun(run)
  })

  test('one that was frozen and replaced is a reader once it goes on', async () => {
    const where = heldProject()
    const run = await detach(where)
    const frozen = startChorale(where, 'attach')
    await until(() => driversOf(run).length === 2 && frozen.stderr().includes('expected:'), 'the first client')
    frozen.kill('SIGSTOP')
    where.release()
    const other = await choraleHere(where, 'attach', '--take-over')
    expect(other).toMatchObject({ code: 0 })
    const results = drawDigests(run)
    frozen.kill('SIGCONT')
    expect(await frozen.ended).toMatchObject({ code: 0, stdout: other.stdout })
    expect(drawDigests(run)).toEqual(results)
    expectOneRun(run)
  })
})

describe('a client that dies while it submits', () => {
  test.each(['DIE_AFTER_INTENT', 'DIE_AFTER_START'])(
    'leaves what is submitted running, and the next one adds only the rest: %s',
    async point => {
      const where = detachedProject()
      const died = await chorale({ ...where, env: { [point]: '3' } }, 'run', '--detach')
      expect(died).toMatchObject({ code: null, signal: 'SIGKILL' })
      const run = onlyRun(where)
      expect(await choraleHere(where, 'attach')).toMatchObject({ code: 0 })
      expectOneRun(run)
    },
  )
})

describe('signals leave the tasks alone', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s off a terminal detaches, exit code %i; a resume adopts what runs', async (signal, code) => {
    const where = heldProject()
    const running = startChorale(where, 'run')
    const run = await until(() => runsOf(where).find(path => isPlanned(path) && samples(path).length === CHAINS), 'the chains')
    running.kill(signal)
    const ended = await running.ended
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toMatch(new RegExp(`^${signal}: detaching; the tasks go on`, 'm'))
    expect(ended.stderr).toContain(`chorale attach ${basename(run)} `)
    where.release()
    expect(await choraleHere(where, 'run', '--resume', run)).toMatchObject({ code: 0 })
    expectOneRun(run)
  })

  test('Ctrl-C in attach ends the reader and the driver alike, not the run', async () => {
    const where = heldProject()
    const run = await detach(where)
    const driver = startChorale(where, 'attach')
    await until(() => driver.stderr().includes('expected:'), 'the driver')
    const reader = startChorale(where, 'attach')
    await until(() => reader.stderr().includes('reading along'), 'the reader')
    for (const client of [reader, driver]) {
      client.kill('SIGINT')
      expect(await client.ended).toMatchObject({ code: 130, stdout: '' })
    }
    const waiting = startChorale(where, 'status', '--wait')
    await until(() => waiting.stderr().includes('nobody drives it: 0 of 3 chains finished'), 'the one who waits')
    where.release()
    expect(await waiting.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^state {4}finished$/m) as string })
    expectOneRun(run)
  })
})

/** `chorale` on a terminal, to which keys can be sent. The shell says how it ended: Ctrl-C reaches it too. */
function onKeyboard(where: Project, args: string) {
  const command = `trap : INT; "${process.execPath}" "${CHORALE}" ${args}; echo "ended with $?"`
  const window = spawn('script', onTerminal(command), { cwd: where.folder, stdio: ['pipe', 'pipe', 'ignore'] })
  let shown = ''
  window.stdout.setEncoding('utf8').on('data', (chunk: string) => (shown += chunk))
  return {
    shown: () => shown,
    press: (key: string) => void window.stdin.write(key),
    ended: new Promise<string>(resolve => window.on('close', () => resolve(shown))),
  }
}
const CTRL_C = '\u0003'
const QUESTION = 'c: cancel them, d: detach'

describe.skipIf(!hasTerminal)('Ctrl-C on a terminal asks', () => {
  async function asked() {
    const where = heldProject()
    const keyboard = onKeyboard(where, 'run')
    const run = await until(() => runsOf(where).find(path => isPlanned(path) && samples(path).length === CHAINS), 'the chains')
    keyboard.press(CTRL_C)
    await until(() => keyboard.shown().includes(QUESTION), 'the question')
    return { where, keyboard, run }
  }

  test('Enter goes on; d detaches', async () => {
    const { where, keyboard, run } = await asked()
    keyboard.press('\r')
    await until(() => keyboard.shown().includes('going on'), 'the answer')
    const before = keyboard.shown().length
    keyboard.press(CTRL_C)
    await until(() => keyboard.shown().slice(before).includes(QUESTION), 'the second question')
    keyboard.press('d')
    expect(await keyboard.ended).toMatch(/Detached; the tasks of run [^]*ended with 130/)
    where.release()
    expect(await choraleHere(where, 'attach')).toMatchObject({ code: 0 })
    expectOneRun(run)
  })

  test('c cancels, after which nothing runs', async () => {
    const { where, keyboard } = await asked()
    keyboard.press('c')
    expect(await keyboard.ended).toMatch(/Cancelled; finished chains are kept[^]*ended with 130/)
    expect(await choraleHere(where, 'status')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^state {4}cancelled$/m) as string })
    expect((await choraleHere(where, 'cancel', 'latest', '--json')).stdout).toContain('"alive": []')
  })

  test('Ctrl-C once more ends the command, with the one that cancels', async () => {
    const { keyboard, run } = await asked()
    keyboard.press(CTRL_C)
    expect(await keyboard.ended).toMatch(new RegExp(`chorale cancel ${basename(run)}[^]*ended with 130`))
  })
})

describe('cancel', () => {
  test('ends every task, says so again, and a resume goes on to the same draws', async () => {
    const where = heldProject()
    const run = await detach(where)
    await until(() => samples(run).length === CHAINS, 'the chains')
    const first = await chorale(where, 'cancel', 'latest')
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Cancelled run \S+: 3 tasks/) as string })
    expect(await choraleHere(where, 'cancel', 'latest')).toMatchObject({ code: 0, stdout: first.stdout })
    expect((await choraleHere(where, 'status')).stdout).toMatch(/^state {4}cancelled$/m)
    const attached = await choraleHere(where, 'attach')
    expect(attached).toMatchObject({ code: 1, stdout: '' })
    expect(attached.stderr).toMatch(/^CHORALE_RUN_CANCELLED .*3 of 3 chains[^]*chorale run --resume/m)
    where.release()
    expect(await choraleHere(where, 'run', '--resume', 'latest')).toMatchObject({ code: 0 })
    expect(drawDigests(run)).toEqual(expected)
  })

  test('says what is still alive, exit code 4', async () => {
    const where = heldProject()
    const run = await detach(where, '--set', 'backend.stubborn=true')
    await until(() => samples(run).length === CHAINS, 'the chains')
    const { code, stdout } = await chorale(where, 'cancel', 'latest')
    expect(code).toBe(4)
    expect(stdout).toMatch(/^Still alive: sample-0000-0, sample-0001-0, sample-0002-0; ask again with: chorale cancel /m)
  })

  test('of one task fails its shard, and nothing else; a task that does not exist is named', async () => {
    const where = heldProject()
    const run = await detach(where)
    expect(await choraleHere(where, 'cancel', 'latest', 'sample-0009-0')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^CHORALE_TASK_UNKNOWN .*sample-0009-0/m) as string,
    })
    const driver = startChorale(where, 'attach')
    await until(() => existsSync(join(run, 'submissions', 'attached')) && samples(run).length === CHAINS, 'the driver')
    expect(await choraleHere(where, 'cancel', 'latest', 'sample-0001-0')).toMatchObject({ code: 0 })
    where.release()
    for (const { code, stdout, stderr } of [await driver.ended, await choraleHere(where, 'attach')]) {
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/CHORALE_SUCCESS_RATE {2}2 of 3 shards succeeded[^]*task sample-0001-0 was cancelled/)
    }
    expect((await choraleHere(where, 'status')).stdout).toMatch(/^ended {4}on request: sample-0001-0$/m)
    expect(await choraleHere(where, 'run', '--resume', run)).toMatchObject({ code: 0 })
    expect(drawDigests(run)).toEqual(expected)
  })

  test('ends a run of this machine too, through the process that drives it', async () => {
    const where = detachedProject({ 'model.mjs': normalModel({ milliseconds: 2 }) })
    const driver = startChorale(where, 'run', '--backend', 'workers')
    const run = await until(() => runsOf(where).find(path => isPlanned(path) && samples(path).length > 0), 'a chain')
    expect(await choraleHere(where, 'cancel', run)).toMatchObject({ code: 0 })
    const ended = await driver.ended
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/Cancelled; finished chains are kept\. Go on with:\n {2}chorale run --resume /)
    expect(await choraleHere(where, 'attach')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^CHORALE_NOT_DETACHABLE [^]*fix +chorale run --resume /m) as string,
    })
  })
})

describe('the code of a run', () => {
  test('is not loaded from a directory that others can write, nor a plugin that has changed; --trust-run insists', async () => {
    const where = detachedProject()
    const run = await detach(where)
    chmodSync(join(run, 'run.json'), 0o666)
    for (const command of ['attach', 'cancel']) {
      const { code, stderr } = await choraleHere(where, command, run)
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^CHORALE_RUN_NOT_TRUSTED /m)])
    }
    chmodSync(join(run, 'run.json'), 0o600)
    appendFileSync(join(where.folder, 'processes.mjs'), '// another version\n')
    const changed = await chorale(where, 'attach', run)
    expect([changed.code, changed.stderr]).toEqual([2, expect.stringMatching(/^CHORALE_PLUGIN_CHANGED .*processes\.mjs/m)])
    expect(await chorale(where, 'run', '--resume', run, '--trust-run')).toMatchObject({ code: 0 })
    expect(drawDigests(run)).toEqual(expected)
  })

  test('is not loaded by status, list and logs, of which control characters are removed', async () => {
    const where = detachedProject()
    const run = await detach(where)
    await until(() => endedTasks(run).length === CHAINS, 'the end of all chains')
    writeFileSync(join(where.folder, 'processes.mjs'), 'throw new Error("loaded")')
    for (const code of readdirSync(join(run, 'code'))) writeFileSync(join(run, 'code', code, 'job.mjs'), 'throw new Error("loaded")')
    writeFileSync(join(run, 'tasks', 'sample-0000-0', '001', 'out'), 'before \u001b[2J\u009bafter\nno end')
    const commands = [['status'], ['list'], ['logs'], ['logs', 'latest', 'sample-0000-0']]
    const outputs: readonly Ended[] = await Promise.all(commands.map(args => chorale(where, ...args)))
    for (const { code, stdout, stderr } of outputs) {
      expect([code === 4 ? 0 : code, stderr]).toEqual([0, ''])
      for (const foreign of ['loaded', '\u001b', '\u009b']) expect(stdout).not.toContain(foreign)
    }
    expect(outputs[3]!.stdout).toMatch(
      /^\[1\] began \S+ on [^]*\[1 out\] before \[2Jafter\n[^]*\[1\] completed after [^]*\[1 out\] no end\n$/,
    )
  })
})

test('logs --follow shows what comes, and ends with the task; the log of a run ends with the run', async () => {
  const where = heldProject()
  const run = await detach(where)
  await until(() => samples(run).length === CHAINS, 'the chains')
  const [task, all] = [startChorale(where, 'logs', 'latest', 'sample-0000-0', '--follow'), startChorale(where, 'logs', '--follow')]
  where.release()
  expect(await choraleHere(where, 'attach')).toMatchObject({ code: 0 })
  expect(await task.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/began [^]*completed after/) as string })
  expect(await all.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/ combine detail=/) as string })
})

test('a task that is lost is tried again by whoever drives', async () => {
  const where = heldProject()
  const run = await detach(where)
  const answer = join(run, 'submissions', 'sample-0000-0.1.answer')
  await until(() => existsSync(answer) && samples(run).length === CHAINS, 'the chains')
  const driver = startChorale(where, 'attach')
  await until(() => existsSync(join(run, 'submissions', 'attached')), 'the driver')
  process.kill((JSON.parse(readFileSync(answer, 'utf8')) as { readonly pid: number }).pid, 'SIGKILL')
  await until(() => driver.stderr().includes('retry '), 'another attempt')
  where.release()
  const attached = await driver.ended
  expect(attached).toMatchObject({ code: 0 })
  expect(attached.stderr).toMatch(/^retry {4}sample-0000-0 \(attempt 2\): the process of task sample-0000-0 is gone$/m)
  expect(drawDigests(run)).toEqual(expected)
  expect(summaryOf(run).shards[0]!.attempts).toBe(2)
})
