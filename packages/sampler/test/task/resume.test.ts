import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { wholeFrames, type JsonObject, type SampleTask } from '@chorale/core/contracts'
import { prngKey } from '@chorale/random'
import { decodeCheckpoint } from '../../src/chain/checkpoint.js'
import { correlatedPairs, equicorrelatedNormals, vectorModel } from '../densities.js'
import { sampleTask } from '../run-task.js'
import { filesOf, linesOf, taskFolder, type Attempt } from './attempts.js'

const model = vectorModel(4, correlatedPairs(0.8))

/** A chain of a sub-posterior that keeps all that it can, stopped only when asked to. */
function tinyTask(options: JsonObject = {}, settings: Partial<SampleTask['settings']> = {}): SampleTask {
  const task = sampleTask({
    warmup: 60,
    draws: 70,
    thin: 2,
    maxTreeDepth: 4,
    saveWarmup: true,
    options: { checkpointSeconds: 1e6, ...options },
    ...settings,
  })
  return { ...task, powers: { prior: 0.5, jacobian: 0.5, likelihood: 1 } }
}

const KINDS: readonly (readonly [string, JsonObject])[] = [
  ['fast, auto', {}],
  ['fast, diagonal', { metric: 'diagonal' }],
  ['fast, dense', { metric: 'dense' }],
  ['fast, low-rank', { metric: 'low-rank' }],
  ['fast, early stop', { earlyStop: true }],
  ['stan, diagonal', { adaptation: 'stan', metric: 'diagonal' }],
  ['stan, dense', { adaptation: 'stan', metric: 'dense' }],
  ['stan, low-rank', { adaptation: 'stan', metric: 'low-rank' }],
]

describe.each(KINDS)('a chain (%s)', (_, options) => {
  it('that is stopped again and again ends with the bytes of one that never was', async () => {
    const task = tinyTask(options)
    const undisturbed = await taskFolder(model, task).attempt()
    const expected = filesOf(undisturbed.folder)
    expect(Object.keys(expected)).toHaveLength(6)

    const folder = taskFolder(model, task)
    let attempts = 0
    let last: Attempt
    do last = await folder.attempt({ stopAt: 61 })
    while (!last.result && ++attempts < 100)
    expect(attempts).toBeGreaterThan(3)
    expect(filesOf(last.folder)).toEqual(expected)
  })
})

describe('a chain', () => {
  it('can be stopped in any iteration, at its start and in searches for a step size too', async () => {
    const settings = { warmup: 22, draws: 8, thin: 1, saveWarmup: false }
    const task = tinyTask({ adaptation: 'stan' }, settings)
    const expected = filesOf((await taskFolder(model, task).attempt()).folder)
    const { checkpoints } = await taskFolder(model, tinyTask({ adaptation: 'stan', checkpointSeconds: 0 }, settings)).attempt()
    const ends = checkpoints.slice(0, 30)
    expect(ends.map(({ iteration }) => iteration)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))

    for (const { iteration, gradients } of [{ iteration: 0, gradients: 3 }, ...ends.slice(0, -1)]) {
      const folder = taskFolder(model, task)
      const stopped = await folder.attempt({ stopAt: gradients + 1 })
      expect(stopped.checkpoints.map(checkpoint => checkpoint.iteration)).toEqual([iteration])
      expect(filesOf((await folder.attempt()).folder)).toEqual(expected)
    }
  })

  it('counts gradients and iterations once, however often it was stopped', async () => {
    const task = tinyTask()
    const report = (folder: string) => JSON.parse(readFileSync(join(folder, 'chain.json'), 'utf8')) as Record<string, object>
    const withoutSeconds = (counts?: object) => ({ ...counts, seconds: 0 })
    const undisturbed = report((await taskFolder(model, task).attempt()).folder)
    const folder = taskFolder(model, task)
    let last: Attempt
    do last = await folder.attempt({ stopAt: 50 })
    while (!last.result)
    const resumed = report(last.folder)
    for (const phase of ['warmup', 'sampling']) expect(withoutSeconds(resumed[phase])).toEqual(withoutSeconds(undisturbed[phase]))
    expect(resumed['metric']).toEqual(undisturbed['metric'])
    expect(resumed['stepSize']).toBe(undisturbed['stepSize'])
  })

  it('of many frames goes on from within a frame', async () => {
    const task = sampleTask({ warmup: 50, draws: 2000, options: { checkpointSeconds: 1e6 } })
    const normal = vectorModel(6, equicorrelatedNormals(6, 0.5))
    const undisturbed = await taskFolder(normal, task).attempt()
    const folder = taskFolder(normal, task)
    await folder.attempt({ stopAt: Math.floor(undisturbed.gradients * 0.6) })
    expect(filesOf((await folder.attempt()).folder)).toEqual(filesOf(undisturbed.folder))
  })

  it('that was only not recorded as ended is not sampled again', async () => {
    const folder = taskFolder(model, tinyTask())
    const first = await folder.attempt()
    const second = await folder.attempt()
    expect(filesOf(second.folder)).toEqual(filesOf(first.folder))
    expect(second.gradients).toBe(1)
  })
})

/** A chain with a checkpoint after each iteration, stopped in sampling: in a folder that is only read. */
let leftOnce: ReturnType<typeof leave> | undefined
const left = () => (leftOnce ??= leave())
afterAll(async () => rmSync((await left()).path, { recursive: true, force: true }))

async function leave() {
  const task = tinyTask({ checkpointSeconds: 0 }, { warmup: 24, draws: 12, thin: 1 })
  const path = mkdtempSync(join(tmpdir(), 'chorale-left-'))
  const whole = await taskFolder(model, task, join(path, 'whole')).attempt()
  const first = await taskFolder(model, task, join(path, 'stopped')).attempt({ stopAt: Math.floor(0.8 * whole.gradients) })
  const { iteration } = decodeCheckpoint(readFileSync(join(first.folder, 'chain.ckpt.previous')))
  return { path, task, expected: filesOf(whole.folder), folder: first.folder, iteration }
}

/** What the next attempt does and says after `damage` to what the first left. */
async function afterDamage(damage: (folder: string) => void) {
  const { task, expected, folder: untouched, iteration } = await left()
  const folder = taskFolder(model, task)
  const copy = join(folder.path, 'first')
  cpSync(untouched, copy, { recursive: true })
  damage(copy)
  const next = await folder.attempt({ hooks: { earlier: [copy] } })
  expect(filesOf(next.folder)).toEqual(expected)
  const first = next.events.find(event => event.type === 'checkpoint')
  return { said: linesOf(next), beganAnew: first?.iteration === 1, iteration }
}

describe('what an earlier attempt left', () => {
  it('is what the chain goes on from', async () => {
    const { said, iteration } = await afterDamage(() => undefined)
    expect(said).toEqual([expect.stringContaining(`goes on after iteration ${iteration + 1}, from `)])
  })

  it('is passed over up to the checkpoint before, when the newest is cut off', async () => {
    const { said, iteration } = await afterDamage(first => truncateSync(join(first, 'chain.ckpt'), 300))
    expect(said[0]).toContain('chain.ckpt is damaged')
    expect(said[1]).toContain(`goes on after iteration ${iteration}, from `)
  })

  it('is passed over up to the checkpoint before, when the newest has gone between two renames', async () => {
    const { said, iteration } = await afterDamage(first => rmSync(join(first, 'chain.ckpt')))
    expect(said).toEqual([expect.stringContaining(`goes on after iteration ${iteration}, from `)])
  })

  it('is not used when no checkpoint is whole', async () => {
    const { said, beganAnew } = await afterDamage(first => {
      for (const name of ['chain.ckpt', 'chain.ckpt.previous']) writeFileSync(join(first, name), 'nothing')
    })
    expect(said).toEqual([expect.stringContaining('is damaged'), expect.stringContaining('is damaged')])
    expect(beganAnew).toBe(true)
  })

  it.each(['draws.bin', 'stats.bin', 'moments.bin', 'warmup.bin', 'warmup-stats.bin'])(
    'is not used when %s is shorter than the checkpoint says',
    async name => {
      const { said, beganAnew } = await afterDamage(first => truncateSync(join(first, name), 40))
      expect(said[0]).toContain(`${name} has 40 bytes where its checkpoint says`)
      expect(said.some(line => line.includes('goes on'))).toBe(false)
      expect(beganAnew).toBe(true)
    },
  )

  it('is not used when draws have changed', async () => {
    const { said } = await afterDamage(first => {
      const path = join(first, 'draws.bin')
      const bytes = readFileSync(path)
      bytes[20]! ^= 1
      writeFileSync(path, bytes)
    })
    expect(said[0]).toContain('draws.bin is not what its checkpoint says: its SHA-256 differs')
  })

  it('may be longer than the checkpoint says', async () => {
    const { said } = await afterDamage(first => writeFileSync(join(first, 'draws.bin'), 'more that was being written', { flag: 'a' }))
    expect(said[0]).toContain('goes on')
  })

  it('is not used when it is of another task, or of the same with other settings', async () => {
    const swapped = async (task: SampleTask) => {
      const other = await taskFolder(model, task).attempt({ stopAt: 100 })
      const { said } = await afterDamage(first => copyFileSync(join(other.folder, 'chain.ckpt'), join(first, 'chain.ckpt')))
      expect(said[1]).toContain('goes on')
      return said[0]
    }
    const { task } = await left()
    expect(await swapped({ ...task, id: 'sample-0000-1' })).toContain('is of the task sample-0000-1')
    expect(await swapped({ ...task, key: prngKey(2) })).toContain('of the same task with other settings')
    expect(await swapped({ ...task, settings: { ...task.settings, targetAcceptProb: 0.9 } })).toContain('with other settings')
  })

  it('counts from the newest attempt that has a checkpoint', async () => {
    const task = tinyTask()
    const folder = taskFolder(model, task)
    await folder.attempt({ stopAt: 200 })
    await folder.attempt({ stopAt: 100 })
    const nothing = await folder.attempt({ hooks: { earlier: [] }, stopAt: 1 })
    rmSync(join(nothing.folder, 'chain.ckpt'), { force: true })
    const last = await folder.attempt()
    expect(linesOf(last)).toEqual([expect.stringContaining('/002/chain.ckpt')])
    expect(filesOf(last.folder)).toEqual(filesOf((await taskFolder(model, task).attempt()).folder))
  })
})

describe('files that end anywhere', () => {
  const prefixes = (bytes: Uint8Array): number[] => {
    const ends = [0]
    for (const payload of wholeFrames(bytes).payloads) ends.push(ends.at(-1)! + 8 + payload.length)
    return [...new Set(ends.flatMap(end => [end - 1, end, end + 1, end + 4, end + 8, end + 9]))].filter(at => at >= 0 && at < bytes.length)
  }

  it('never lead to other draws', async () => {
    const task = tinyTask()
    const expected = filesOf((await taskFolder(model, task).attempt()).folder)
    for (const name of ['chain.ckpt', 'draws.bin', 'stats.bin']) {
      const folder = taskFolder(model, task)
      const { folder: first } = await folder.attempt({ stopAt: 450 })
      const whole = readFileSync(join(first, name))
      for (const end of prefixes(whole)) {
        writeFileSync(join(first, name), whole.subarray(0, end))
        const next = await folder.attempt({ hooks: { earlier: [first] } })
        expect(filesOf(next.folder)).toEqual(expected)
      }
    }
  })
})
