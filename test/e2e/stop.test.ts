import { rmSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { chorale, startChorale, until, type Started } from './command.js'
import { choraleHere } from './command-here.js'
import { LINGER, lingering, normalModel, project } from './project.js'
import { acceptedChains, attemptsOf, drawDigests, isPlanned, onlyRun, runsOf } from './run-files.js'

/** Where more processes want to run than there are processors, everything takes longer by that factor. */
const milliseconds = (idle: number): number => idle * Math.max(1, loadavg()[0]! / availableParallelism())

const LINGERING = { 'model.mjs': lingering(), [LINGER]: '' }

/** A run that is sampling, and its folder. */
async function sampling(
  where: { readonly folder: string },
  ...args: readonly string[]
): Promise<{ readonly running: Started; readonly run: string }> {
  const running = startChorale(where, 'run', ...args)
  const run = await until(() => runsOf(where)[0], 'the run directory')
  await until(() => isPlanned(run) && attemptsOf(run).length > 0, 'the first chain')
  return { running, run }
}

/** Milliseconds from the signal to the end of the process. */
async function latency(running: Started, signal: NodeJS.Signals): Promise<number> {
  const before = performance.now()
  running.kill(signal)
  await running.ended
  return performance.now() - before
}

test.each([
  ['SIGINT', 130, 1],
  ['SIGTERM', 143, 1],
  ['SIGHUP', 129, 1],
  ['SIGINT', 130, 30],
] as const)('%s ends the run within a second, exit code %i, and says how to go on: a gradient of %i ms', async (signal, code, gradient) => {
  const { running, run } = await sampling(project({ 'model.mjs': normalModel({ milliseconds: gradient }) }))
  const took = await latency(running, signal)
  console.log(`${signal}, gradient of ${gradient} ms: ended after ${took.toFixed(0)} ms`)
  const ended = await running.ended
  expect(ended).toMatchObject({ code, signal: null, stdout: '' })
  expect(ended.stderr).toMatch(new RegExp(`^${signal}: stopping`, 'm'))
  expect(ended.stderr).toMatch(new RegExp(`chorale run --resume ${run.split('/').at(-1)!}\n$`))
  expect(took).toBeLessThan(milliseconds(1000))
})

test('a run that was stopped and resumed gives the same draws', async () => {
  const [where, reference] = [project(LINGERING), project()]
  const { running, run } = await sampling(where)
  await until(() => Object.keys(acceptedChains(run)).length > 0, 'the first accepted chain')
  running.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 130 })
  rmSync(join(where.folder, LINGER))
  const before = acceptedChains(run)
  expect(await choraleHere(where, 'run', '--resume', 'latest')).toMatchObject({ code: 0 })
  expect(acceptedChains(run)).toMatchObject(before)
  expect(await choraleHere(reference, 'run')).toMatchObject({ code: 0 })
  expect(drawDigests(run)).toEqual(drawDigests(onlyRun(reference)))
})

test('a run that is stopped while it is planned leaves nothing behind', async () => {
  const where = project({ 'model.mjs': normalModel({ planMilliseconds: 500 }) })
  const running = startChorale(where, 'run')
  await until(() => running.stderr().includes('loading data'), 'the loading of the data')
  running.kill('SIGINT')
  const { code, stderr } = await running.ended
  expect(code).toBe(130)
  if (runsOf(where).length === 0) expect(stderr).toContain('Stopped before the run was planned')
  else expect(stderr).toContain('chorale run --resume')
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
        process.stderr.write('deaf task started\\n')
        const alive = setInterval(() => {}, 1000)
        return { outcome: new Promise(() => {}), stop() {}, kill: () => new Promise(() => alive) }
      },
      close: async () => {},
    }),
  }],
}
`

test('a second SIGINT kills the process at once', async () => {
  const where = project({ 'deaf.mjs': DEAF })
  const running = startChorale(where, 'run', '--set', 'plugins=["./deaf.mjs"]', '--backend', 'deaf')
  await until(() => running.stderr().includes('deaf task started'), 'the start of a task')
  running.kill('SIGINT')
  await until(() => running.stderr().includes('SIGINT: stopping'), 'the answer to the first SIGINT')
  const took = await latency(running, 'SIGINT')
  expect(await running.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
  expect(took).toBeLessThan(milliseconds(500))
})

test('timeout.run stops a run as Ctrl-C does, exit code 1', async () => {
  const where = project({ 'model.mjs': normalModel({ milliseconds: 1 }) })
  const { code, stderr } = await chorale(where, 'run', '--set', 'timeout.run=1')
  expect(code).toBe(1)
  expect(stderr).toMatch(/chorale run --resume \d{8}-/)
})

test('status: running (exit 4) while a process drives it, interrupted after it, finished in the end', async () => {
  const where = project(LINGERING)
  const { running, run } = await sampling(where)
  expect(await chorale(where, 'status')).toMatchObject({
    code: 4,
    stdout: expect.stringMatching(/^state {4}running \(process \d+ on /m) as string,
  })

  running.kill('SIGINT')
  await running.ended
  const interrupted = await choraleHere(where, 'status', run.split('/').at(-1)!)
  expect(interrupted.code).toBe(0)
  expect(interrupted.stdout).toMatch(/^state {4}interrupted$/m)
  expect(interrupted.stdout).toContain(`chorale run --resume ${run.split('/').at(-1)!}`)

  rmSync(join(where.folder, LINGER))
  expect(await choraleHere(where, 'run', '--resume', run)).toMatchObject({ code: 0 })
  const finished = await choraleHere(where, 'status', 'latest')
  expect(finished).toMatchObject({ code: 0, stdout: expect.stringMatching(/^state {4}finished$/m) as string })
  expect(finished.stdout).toMatch(/^chains {3}6 of 6 finished$/m)

  const again = await choraleHere(where, 'run', '--resume', run)
  expect(again.code).toBe(0)
  expect(again.stderr).toMatch(/^run \d{8}-/m)
  expect(again.stderr).not.toMatch(/^expected/m)
})

test('status where there is no run says where it looked', async () => {
  const { code, stderr } = await choraleHere(project(), 'status')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^CHORALE_RUN_NOT_FOUND .*no runs here\n.*\n {2}looked in +\S+\/runs\n/)
})

test('one driver at a time: resuming a run that another process drives is refused', async () => {
  const where = project({ 'model.mjs': normalModel({ milliseconds: 5 }) })
  const { running } = await sampling(where)
  const { code, stderr } = await choraleHere(where, 'run', '--resume', 'latest')
  running.kill('SIGINT')
  expect(code).toBe(2)
  expect(stderr).toMatch(new RegExp(`CHORALE_RUN_BUSY .*process ${running.pid} on `))
  expect(await running.ended).toMatchObject({ code: 130 })
})
