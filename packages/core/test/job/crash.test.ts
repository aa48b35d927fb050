import { spawn } from 'node:child_process'
import { cp, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runTaskFromBundle } from '../../src/bundle/index.js'
import { acceptResult, layout, listEndedAttempts, readDraws, readEndedAttempt } from '../../src/run-directory/index.js'
import { quietHooks, tinyRun, type TinyRun } from './tiny-run.js'

interface Ended {
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
}

/** Runs the sample task in a process of its own that SIGKILLs itself before the n-th file-system operation. */
function runAndDie(run: string, tiny: TinyRun, killBefore: number): Promise<Ended> {
  const child = join(import.meta.dirname, 'crash-child.mjs')
  const argv = [child, join(run, tiny.job.path), run, JSON.stringify(tiny.sampleTask()), String(killBefore)]
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
    let stdout = ''
    process_.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    process_.on('error', reject)
    process_.on('close', (_code, signal) => resolve({ signal, stdout }))
  })
}

test('a kill between any two file-system operations of an attempt loses nothing but that attempt', { timeout: 300_000 }, async () => {
  const tiny = await tinyRun()
  const unfaulted = join(tiny.folder, 'unfaulted')
  await cp(tiny.path, unfaulted, { recursive: true })
  const operations = Number((await runAndDie(unfaulted, tiny, 0)).stdout)
  expect(operations).toBeGreaterThan(30)
  const [{ task } = { task: '' }] = await listEndedAttempts(unfaulted)
  const expected = await readEndedAttempt(unfaulted, { task, attempt: 1 })
  if (expected.status !== 'completed') throw new Error('the unfaulted attempt did not complete')

  const killAndGoOn = async (killBefore: number): Promise<void> => {
    const run = join(tiny.folder, `killed-${killBefore}`)
    await cp(tiny.path, run, { recursive: true })
    expect((await runAndDie(run, tiny, killBefore)).signal).toBe('SIGKILL')

    const marked = await listEndedAttempts(run)
    for (const marker of marked) {
      // A marker is written last: whatever is marked is whole.
      const ended = await readEndedAttempt(run, marker)
      expect(ended.status === 'completed' && ended.result.files).toEqual(expected.result.files)
    }
    const result = await runTaskFromBundle(run, tiny.sampleTask(), quietHooks())
    expect(result.files).toEqual(expected.result.files)
    expect(await acceptResult(run, result)).toEqual(result)
    expect((await listEndedAttempts(run)).length).toBe(marked.length + 1)
  }
  const moments = Array.from({ length: operations }, (_, i) => i + 1)
  const lane = async (): Promise<void> => {
    for (let moment = moments.shift(); moment !== undefined; moment = moments.shift()) await killAndGoOn(moment)
  }
  await Promise.all([lane(), lane(), lane(), lane()])
})

test('a draws file cut off at any byte is never read as a result', async () => {
  const tiny = await tinyRun()
  const result = await runTaskFromBundle(tiny.path, tiny.sampleTask(), quietHooks())
  const file = result.files.find(({ path }) => path === 'draws.bin')!
  const path = join(layout.attemptDirectory(tiny.path, result.task, result.attempt), file.path)
  for (let bytes = file.bytes - 1; bytes >= 0; bytes--) {
    await truncate(path, bytes)
    await expect(readEndedAttempt(tiny.path, result)).rejects.toMatchObject({ code: 'CHORALE_RESULT_DAMAGED' })
    await expect(readDraws(tiny.path, result)).rejects.toMatchObject({ code: 'CHORALE_RESULT_DAMAGED' })
  }
})
