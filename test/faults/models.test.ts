import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { chorale, startChorale, until } from '../e2e/command.js'
import { choraleHere } from '../e2e/command-here.js'
import { normalFolder, normalModel, project } from '../e2e/project.js'
import { acceptedChains, attemptsOf, drawDigests, onlyRun, summaryOf } from '../e2e/run-files.js'
import { childrenOf } from './kills.js'

let undisturbed: Readonly<Record<string, string>>
let reference: ReturnType<typeof normalFolder>
beforeAll(async () => {
  reference = normalFolder()
  expect(await choraleHere(reference, 'run')).toMatchObject({ code: 0 })
  undisturbed = drawDigests(onlyRun(reference))
})
afterAll(() => reference.dispose())

/** A model that misbehaves in the second shard after so many gradients; `first()` is true for the first who asks. */
const faulty = (gradients: number, code: string) => ({
  'model.mjs': `import { writeFileSync } from 'node:fs'
const marker = new URL('file://' + process.cwd() + '/misbehaved')
const first = () => { try { writeFileSync(marker, '', { flag: 'wx' }); return true } catch { return false } }
let gradients = 0
${normalModel({ before: `if (data.column('part')[1] === 1 && ++gradients > ${gradients}) { ${code} }` })}`,
})

const set = (...assignments: readonly string[]): readonly string[] => assignments.flatMap(assignment => ['--set', assignment])
const WORKERS = set('backend={"name":"workers","parallelTasks":2}')
const PROCESSES = set('backend={"name":"workers","parallelTasks":2,"isolation":"process"}')

describe.each([
  ['cpu', [] as readonly string[]],
  ['workers', WORKERS],
  ['workers in processes', PROCESSES],
])('on %s', (_, backend) => {
  test('a model that throws in the middle of a chain fails the run with its message; the other shards are kept', async () => {
    const where = project(faulty(500, `throw new Error('row 17 is odd')`))
    const { code, stdout, stderr } = await chorale(where, 'run', ...backend)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^CHORALE_SUCCESS_RATE +2 of 3 shards succeeded.*CHORALE_MODEL_THREW: .*row 17 is odd/m)
    expect(stderr).toMatch(/fix +mend the model/)
    const run = onlyRun(where)
    expect(Object.keys(acceptedChains(run))).toHaveLength(4)
    expect(attemptsOf(run).filter(name => name.startsWith('sample-0001-0'))).toHaveLength(1)
  })
})

test('a model that returns NaN after warm-up diverges there: its shard is said to be unusable, not used in silence', async () => {
  const where = project(faulty(900, 'g[0] = NaN; return NaN'))
  const { code, stderr } = await choraleHere(where, 'run', ...set('sampling.restarts=0', 'validation.level=fail'))
  expect(code).toBe(1)
  expect(stderr).toMatch(/DIVERGEN|diverg/i)
  expect(summaryOf(onlyRun(where)).shards[1]!.divergences).toBeGreaterThan(0)
})

describe('a model that takes its whole process with it', () => {
  test.each([
    [
      'fills a heap',
      'if (first()) { const heap = new Map(); for (let i = 0; ; i++) heap.set(i, [i]) }',
      { NODE_OPTIONS: '--max-old-space-size=96' },
    ],
    ['is killed for its memory', `if (first()) process.kill(process.pid, 'SIGKILL')`, {}],
  ])('%s: with threads the run dies, and a resume goes on to the same draws', async (_, code, env) => {
    const where = project(faulty(300, code))
    const died = await startChorale({ ...where, env }, 'run', ...WORKERS).ended
    const survived = died.code === 0
    // V8 ends the process, or, where it notices in time, only the thread: then the task was tried again.
    if (!survived) {
      expect(died.signal ?? died.code).not.toBe(0)
      expect(await chorale(where, 'run', '--resume', 'latest')).toMatchObject({ code: 0 })
    }
    expect(drawDigests(onlyRun(where))).toEqual(undisturbed)
  })

  test.each([
    [
      'allocates without end',
      'if (first()) for (const hoard = []; ; ) hoard.push(new Float64Array(4e6).fill(1))',
      ['backend.memory="600MB"'],
    ],
    ['is killed', `if (first()) process.kill(process.pid, 'SIGKILL')`, []],
    ['has a memory error', `if (first()) process.kill(process.pid, 'SIGSEGV')`, []],
    ['calls process.exit', `if (first()) process.exit(0)`, []],
  ])('%s: with processes it costs one attempt of one task', async (_, code, settings) => {
    const where = project(faulty(300, code))
    expect(await chorale(where, 'run', ...PROCESSES, ...set(...settings))).toMatchObject({ code: 0 })
    const run = onlyRun(where)
    expect(drawDigests(run)).toEqual(undisturbed)
    expect(attemptsOf(run).filter(name => name.startsWith('sample-') && name.endsWith('/002'))).toHaveLength(1)
  })
})

test.skipIf(process.platform !== 'linux')(
  'a parent that is killed while its children are busy is resumed at once, to the same draws',
  async () => {
    const where = project({ 'model.mjs': normalModel({ milliseconds: 0.3 }) })
    const running = startChorale(where, 'run', ...PROCESSES)
    await until(() => existsSync(join(where.folder, 'runs')) && onlyRunOrNone(where) && attemptsOf(onlyRun(where)).length > 1, 'two chains')
    const children = childrenOf(running.pid)
    expect(children.length).toBeGreaterThan(0)
    running.kill('SIGKILL')
    await running.ended
    expect(await chorale(where, 'run', '--resume', 'latest')).toMatchObject({ code: 0 })
    expect(drawDigests(onlyRun(where))).toEqual(undisturbed)
    for (const pid of children) expect(() => process.kill(pid, 0)).toThrow()
  },
)

function onlyRunOrNone(where: { readonly folder: string }): boolean {
  try {
    return onlyRun(where) !== ''
  } catch {
    return false
  }
}

test('most chains failing ends a run early, with a count of each cause', async () => {
  const where = project({
    'model.mjs': normalModel({
      before: `if (data.column('part')[1] !== 0 && globalThis.n++ > 50) throw new Error('odd'); globalThis.n ??= 0`,
    }),
  })
  const { code, stderr } = await choraleHere(where, 'run', ...set('sampling.chains=6', 'sampling.restarts=0'))
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^CHORALE_RUN_HOPELESS +\d+ of the first \d+ tasks failed, so the other \d+ were not run: \d+ x model \(CHORALE_MODEL_THREW\)/m,
  )
  expect(stderr).toMatch(/fix +mend the cause/)
})
