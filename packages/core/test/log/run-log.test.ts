import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { RunLogFile } from '../../src/log/run-log.js'
import { folderWith } from '../folders.js'

const lines = async (path: string): Promise<Record<string, unknown>[]> =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)

const logIn = async () => ({ log: new RunLogFile(), path: join(await folderWith({}), 'log.ndjson') })

describe('the log of a run', () => {
  test('is one JSON object a line, with time, level, message and fields', async () => {
    const { log, path } = await logIn()
    log.open(path)
    log.info('begun', { shards: 4 })
    log.warn('slow', { shard: 2, nested: { a: [1] } })
    log[Symbol.dispose]()
    const written = await lines(path)
    expect(written).toMatchObject([
      { level: 30, msg: 'begun', shards: 4 },
      { level: 40, msg: 'slow', shard: 2, nested: { a: [1] } },
    ])
    for (const { time } of written) expect(new Date(time as string).getFullYear()).toBeGreaterThan(2000)
  })

  test('keeps what is said before there is a file, and writes it first', async () => {
    const { log, path } = await logIn()
    log.info('planning')
    log.warn('few rows')
    log.open(path)
    log.info('running')
    log[Symbol.dispose]()
    expect((await lines(path)).map(({ msg }) => msg)).toEqual(['planning', 'few rows', 'running'])
  })

  test('is on disk with each call: a crash loses nothing', async () => {
    const { log, path } = await logIn()
    log.open(path)
    log.info('here')
    expect(await lines(path)).toHaveLength(1)
    log[Symbol.dispose]()
  })

  test('goes on where an earlier process stopped', async () => {
    const { log, path } = await logIn()
    for (const message of ['first', 'second']) {
      log.open(path)
      log.info(message)
      log[Symbol.dispose]()
    }
    expect((await lines(path)).map(({ msg }) => msg)).toEqual(['first', 'second'])
  })

  test('keeps a message with line feeds and control characters on its line', async () => {
    const { log, path } = await logIn()
    log.open(path)
    log.info('a\nb\u001b[31m')
    log[Symbol.dispose]()
    expect(await lines(path)).toMatchObject([{ msg: 'a\nb\u001b[31m' }])
    expect(await readFile(path, 'utf8')).not.toContain('\u001b')
  })

  test('is readable by its owner only', async () => {
    const { log, path } = await logIn()
    log.open(path)
    log[Symbol.dispose]()
    expect((await stat(path)).mode & 0o077).toBe(0)
  })

  test('may be closed twice and spoken to afterwards', async () => {
    const { log, path } = await logIn()
    log.open(path)
    log[Symbol.dispose]()
    log[Symbol.dispose]()
    log.info('late')
    expect(await readFile(path, 'utf8')).toBe('')
  })

  test('that cannot be written does not end the run', async () => {
    const { log } = await logIn()
    log.open('/dev/full')
    log.info('lost')
    await new Promise(resolve => setTimeout(resolve, 20))
    log[Symbol.dispose]()
  })
})
