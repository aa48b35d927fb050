import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { CHORALE, chorale, start, until } from './command.js'
import { normalModel, project } from './project.js'
import { attemptsOf, drawDigests, onlyRun, runsOf } from './run-files.js'
import { hasTerminal, HIDE_CURSOR, onTerminal, SHOW_CURSOR } from './terminal.js'

const CHORALE_IN_SHELL = `"${process.execPath}" "${CHORALE}"`

/** A run that takes a while, by a model whose values are those of the project's. */
const slowly = (milliseconds: number, files = {}) => project({ 'model.mjs': normalModel({ milliseconds }), ...files })

/** The status that an attempt ended with, by its own record. */
function endedAs(run: string, attempt: string): string | undefined {
  const record = join(run, 'tasks', attempt, 'ended.json')
  return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as { status: string }).status : undefined
}

/** The driver has given the run up, as one does that ends in order. */
const isReleased = (run: string): boolean => readFileSync(join(run, 'drivers', '0001.beat'), 'utf8').trim() === 'released'

const firstAttempt = (where: { readonly folder: string }): Promise<string> =>
  until(() => runsOf(where).flatMap(attemptsOf)[0], 'the first chain')

test.skipIf(!hasTerminal)(
  'a terminal that goes away stops the run with a checkpoint, from which a resume gives the same draws',
  async () => {
    const [where, reference] = [slowly(0.1), project()]
    const window = start('script', onTerminal(`${CHORALE_IN_SHELL} run`), where)
    const attempt = await firstAttempt(where)
    window.kill('SIGKILL')
    const run = onlyRun(where)
    const last = await until(() => attemptsOf(run).find(name => endedAs(run, name) === 'stopped'), 'the end of a chain')
    expect(last >= attempt).toBe(true)
    await until(() => isReleased(run), 'the end of the process')
    expect(existsSync(join(run, 'summary.json'))).toBe(false)
    expect(await chorale(where, 'run', '--resume', run)).toMatchObject({ code: 0 })
    expect(await chorale(reference, 'run')).toMatchObject({ code: 0 })
    expect(drawDigests(run)).toEqual(drawDigests(onlyRun(reference)))
  },
)

test('a run whose readers have gone can still be stopped, and ends with a checkpoint', async () => {
  const where = slowly(1)
  const child = spawn(process.execPath, [CHORALE, 'run'], { cwd: where.folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>(resolve => child.on('exit', resolve))
  await firstAttempt(where)
  child.stdout.destroy()
  child.stderr.destroy()
  child.kill('SIGTERM')
  expect(await ended).toBe(143)
  const run = onlyRun(where)
  expect(attemptsOf(run).map(attempt => endedAs(run, attempt))).toContain('stopped')
})

/** A backend whose tasks never end and do not listen. */
const DEAF = `
export default {
  name: 'deaf',
  apiVersion: 1,
  backends: [{
    name: 'deaf', summary: 'never ends', capabilities: {},
    create: (options, host) => host.liveBackend('deaf', {}, {
      start: (task, attempt, emit) => {
        emit({ type: 'started', task: task.id, attempt, at: 0, where: 'nowhere' })
        const alive = setInterval(() => {}, 1000)
        return { outcome: new Promise(() => {}), stop() {}, kill: () => new Promise(() => alive) }
      },
      close: async () => {},
    }),
  }],
}
`

test.skipIf(!hasTerminal)('a second Ctrl-C on a terminal ends the process at once, and the cursor comes back', async () => {
  const where = project({ 'deaf.mjs': DEAF })
  let shown = ''
  // The Ctrl-C reaches the shell too, which must live to tell: without a trap some shells end with their command.
  const command = `trap : INT; ${CHORALE_IN_SHELL} run --verbose --set 'plugins=["./deaf.mjs"]' --backend deaf; echo "ended with $?"`
  const window = spawn('script', onTerminal(command), { cwd: where.folder, stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise(resolve => window.on('close', resolve))
  window.stdout.setEncoding('utf8').on('data', (chunk: string) => (shown += chunk))
  await until(() => shown.includes('started'), 'the first task')
  window.stdin.write('\u0003')
  await until(() => shown.includes('SIGINT: stopping'), 'the answer to the first Ctrl-C')
  window.stdin.write('\u0003')
  await ended
  // The shell's number for a process that SIGKILL has ended.
  expect(shown).toContain('ended with 137')
  expect(shown.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(shown.lastIndexOf(HIDE_CURSOR))
})
