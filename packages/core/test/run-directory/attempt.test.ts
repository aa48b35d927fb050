import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { claimAttempt, createRunDirectory, layout } from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'

const execute = promisify(execFile)

test('two processes that claim the same tasks never share an attempt', async () => {
  const folder = await temporaryFolder()
  const { path } = await createRunDirectory(folder, { wall: 0 })
  const program = join(folder, 'claim.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'claim-child.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
  })
  const rounds = 200
  const claim = async () => JSON.parse((await execute(process.execPath, [program, path, String(rounds)])).stdout) as number[]
  const [one, other] = await Promise.all([claim(), claim()])
  for (let i = 0; i < rounds; i++) expect([one[i], other[i]].sort()).toEqual([1, 2])
})

test('an attempt begins at the asked number, and passes over those that are taken', async () => {
  const { path } = await createRunDirectory(await temporaryFolder(), { wall: 0 })
  await mkdir(layout.attemptDirectory(path, 'sample-0000-0', 4), { recursive: true })
  expect((await claimAttempt(path, 'sample-0000-0', 3)).attempt).toBe(3)
  expect((await claimAttempt(path, 'sample-0000-0', 3)).attempt).toBe(5)
  expect((await claimAttempt(path, 'sample-0000-0', 1)).attempt).toBe(1)
})
