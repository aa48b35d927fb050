import { chmod, chown, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  createRunDirectory,
  isRunId,
  layout,
  openRunDirectory,
  requireTrustedRun,
  runId,
  writeRunRecord,
  type RunRecord,
} from '../../src/run-directory/index.js'
import { POWERS, temporaryFolder } from '../job/tiny-run.js'

const DIGEST = 'a'.repeat(64)

const recordOf = (id: string): RunRecord => ({
  format: 1,
  id,
  createdAt: 0,
  versions: { chorale: '0.1.0', node: '20.19.0', v8: '11.3', arch: 'x64', platform: 'linux' },
  settings: { model: 'model.ts', sharding: { shards: 2 } },
  seed: 1,
  plan: {
    shards: [{ id: 0, rows: 40, bytes: 800, digest: DIGEST }],
    chains: 4,
    backend: 'workers',
    combiner: 'auto',
    sampler: { name: '@chorale/sampler', url: 'file:///s.js', version: '0.1.0', digest: DIGEST },
    powers: { ...POWERS, standIns: { tau: { mean: 0, sd: 2.5 } } },
    dimension: 2,
    parameters: [{ name: 'beta', shape: [2], support: 'real', scope: 'global', offset: 0, size: 2 }],
    summary: { levels: ['a', 'b'] },
    sampling: {
      warmup: 500,
      draws: 1000,
      targetAcceptProb: 0.8,
      maxTreeDepth: 10,
      thin: 1,
      saveWarmup: false,
      options: { metric: 'dense' },
    },
  },
  plugins: [],
  code: { path: `code/${DIGEST}/job.mjs`, digest: DIGEST, exportName: 'default' },
  data: { directory: `data/${DIGEST}`, fingerprint: DIGEST, rows: { total: 41, used: 40 }, labels: { pays: ['no', 'ch'] } },
  kernels: [],
})

async function plannedRun() {
  const root = await temporaryFolder()
  const { id, path } = await createRunDirectory(root, { wall: Date.UTC(2026, 1, 3, 4, 5, 6) })
  await writeRunRecord(path, recordOf(id))
  return { root, id, path }
}

describe('creating', () => {
  test('the id of a run is its UTC time and four characters', () => {
    expect(runId(Date.UTC(2026, 1, 3, 4, 5, 6, 789), 'x9z0')).toBe('20260203-040506-x9z0')
  })

  test('two runs of the same second get different folders', async () => {
    const root = await temporaryFolder()
    const suffixes = ['aaaa', 'aaaa', 'bbbb']
    const suffix = () => suffixes.shift()!
    const first = await createRunDirectory(root, { wall: 0, suffix })
    const second = await createRunDirectory(root, { wall: 0, suffix })
    expect([first.id, second.id]).toEqual(['19700101-000000-aaaa', '19700101-000000-bbbb'])
    expect(isRunId((await createRunDirectory(root, { wall: 0 })).id)).toBe(true)
  })

  test.each([
    ['private', '700'],
    ['group', '750'],
  ] as const)('a %s run has mode 0%s all the way down', async (access, mode) => {
    const { path } = await createRunDirectory(await temporaryFolder(), { wall: 0, access })
    for (const name of ['.', ...(await readdir(path))]) expect(((await stat(join(path, name))).mode & 0o777).toString(8)).toBe(mode)
  })

  test('a run is planned once', async () => {
    const { id, path } = await plannedRun()
    await expect(writeRunRecord(path, { ...recordOf(id), seed: 2 })).rejects.toMatchObject({ code: 'CHORALE_RUN_EXISTS' })
    expect((await openRunDirectory(path)).record.seed).toBe(1)
  })
})

describe('opening', () => {
  test('gives what was planned', async () => {
    const { id, path } = await plannedRun()
    expect(await openRunDirectory(path)).toEqual({ path, record: recordOf(id) })
  })

  test('a folder without a run says which runs there are', async () => {
    const { root, id } = await plannedRun()
    const missing = openRunDirectory(join(root, '20260203-040506-zzzz'))
    await expect(missing).rejects.toMatchObject({ code: 'CHORALE_RUN_NOT_FOUND', details: { available: [id] } })
  })

  test('a run of a newer version is reported, not misread', async () => {
    const { path } = await plannedRun()
    const text = await readFile(layout.runRecord(path), 'utf8')
    await writeFile(layout.runRecord(path), text.replace('"format": 1', '"format": 2'))
    await expect(openRunDirectory(path)).rejects.toMatchObject({ code: 'CHORALE_RUN_FORMAT' })
  })

  test.each([
    ['cut off', (text: string) => text.slice(0, -20), /not JSON/],
    ['without a seed', (text: string) => text.replace('"seed"', '"sead"'), /seed/],
    ['that points out of its folder', (text: string) => text.replace('"code/', '"../code/'), /relative path without "\.\."/],
    ['whose data lie outside its folder', (text: string) => text.replace('"data/', '"../data/'), /relative path without "\.\."/],
    ['with a digest that is none', (text: string) => text.replace(`"digest": "${DIGEST}"`, '"digest": "a"'), /digest/],
    ['with a number that is none', (text: string) => text.replace('"seed": 1', '"seed": 1e999'), /seed/],
  ])('a record %s is damaged, and the place is named', async (_what, damage, message) => {
    const { path } = await plannedRun()
    await writeFile(layout.runRecord(path), damage(await readFile(layout.runRecord(path), 'utf8')))
    await expect(openRunDirectory(path)).rejects.toMatchObject({
      code: 'CHORALE_RUN_DAMAGED',
      message: expect.stringMatching(message) as string,
    })
  })
})

describe('trust', () => {
  async function runWithCode() {
    const run = await plannedRun()
    const code = join(run.path, `code/${DIGEST}/job.mjs`)
    await mkdir(join(code, '..'), { recursive: true, mode: 0o700 })
    await writeFile(code, '', { mode: 0o600 })
    return { ...run, code, check: () => requireTrustedRun(run.path, `code/${DIGEST}/job.mjs`) }
  }
  const NOT_TRUSTED = { code: 'CHORALE_RUN_NOT_TRUSTED', details: { fix: expect.stringContaining('--trust-run') as string } }

  test('a run of the caller that nobody else may write is trusted', async () => {
    await (await runWithCode()).check()
  })

  test.each(['.', 'run.json', 'code', `code/${DIGEST}`, `code/${DIGEST}/job.mjs`])('a run whose %s others may write is not', async name => {
    const { path, check } = await runWithCode()
    await chmod(join(path, name), 0o720)
    await expect(check()).rejects.toMatchObject(NOT_TRUSTED)
  })

  test.skipIf(process.getuid?.() !== 0)('a run of another user is not', async () => {
    const { code, check } = await runWithCode()
    await chown(code, 12345, 12345)
    await expect(check()).rejects.toMatchObject(NOT_TRUSTED)
  })

  test('a run whose code is a symbolic link is not', async () => {
    const { path } = await plannedRun()
    const elsewhere = await temporaryFolder()
    await mkdir(join(elsewhere, DIGEST))
    await writeFile(join(elsewhere, DIGEST, 'job.mjs'), '')
    await symlink(elsewhere, join(path, 'code'))
    await expect(requireTrustedRun(path, `code/${DIGEST}/job.mjs`)).rejects.toMatchObject(NOT_TRUSTED)
  })
})
