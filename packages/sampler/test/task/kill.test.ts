import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import { sampleTask } from '../run-task.js'
import { filesOf } from './attempts.js'

/** `CHORALE_LONG_TESTS=1` kills more often. */
const KILLS = process.env['CHORALE_LONG_TESTS'] === '1' ? 60 : 12
const WARMUP = 300
const task = sampleTask({ warmup: WARMUP, draws: 400, saveWarmup: true, options: { checkpointSeconds: 0.01 } })

/** A moment of an attempt: so many milliseconds after so many checkpoints. */
interface Moment {
  readonly checkpoints: number
  readonly milliseconds: number
}

const NEVER: Moment = { checkpoints: Infinity, milliseconds: 0 }

/** Runs one attempt in a process of its own, which is killed at a moment. Resolves with what it said. */
function runAttempt(folder: string, earlier: readonly string[], killAt = NEVER): Promise<string> {
  mkdirSync(folder)
  const argv = [join(import.meta.dirname, 'kill-child.mjs'), folder, JSON.stringify(earlier), JSON.stringify(task)]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    let timer: NodeJS.Timeout | undefined
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.split('checkpoint\n').length <= killAt.checkpoints) return
      timer ??= setTimeout(() => child.kill('SIGKILL'), killAt.milliseconds)
    })
    child.on('error', reject)
    child.on('close', () => resolve(said))
  })
}

it('a chain that is killed at any moment goes on to the bytes of one that never was', { timeout: 120_000 }, async () => {
  const run = mkdtempSync(join(tmpdir(), 'chorale-kill-'))
  onTestFinished(() => rmSync(run, { recursive: true, force: true }))
  const stream = createStream(prngKey(20))

  const folders: string[] = []
  const iterations: number[] = []
  const attempt = async (killAt: Moment): Promise<void> => {
    const folder = join(run, String(folders.length))
    const said = await runAttempt(folder, folders.toReversed(), killAt)
    folders.push(folder)
    iterations.push(...Array.from(said.matchAll(/goes on after iteration (\d+)/g), ([, iteration]) => Number(iteration)))
  }
  // A machine that is busy with other things may need more attempts to be through with warm-up.
  const isStillWarming = (): boolean => iterations.every(iteration => iteration <= WARMUP)
  while (folders.length < KILLS || (isStillWarming() && folders.length < 5 * KILLS)) {
    await attempt({ checkpoints: stream.integer(5), milliseconds: 12 * stream.uniform() })
  }
  await attempt(NEVER)
  const undisturbed = join(run, 'undisturbed')
  expect(await runAttempt(undisturbed, [])).toContain('ended')

  expect(filesOf(folders.at(-1)!)).toEqual(filesOf(undisturbed))
  expect(iterations.length).toBeGreaterThan(5)
  expect(iterations.some(iteration => iteration < WARMUP)).toBe(true)
  expect(iterations.some(iteration => iteration > WARMUP)).toBe(true)
})
