import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { GrowingFile } from '../../src/log/growing-file.js'
import { temporaryFolder } from '../job/tiny-run.js'

const news = async (file: GrowingFile): Promise<readonly string[]> => {
  const lines: string[] = []
  for await (const line of file.lines()) lines.push(line)
  return lines
}

test('each line is read once, when it is whole; also one whose character was cut in two', async () => {
  const path = join(await temporaryFolder(), 'log')
  const file = new GrowingFile(path)
  expect(await news(file)).toEqual([])
  const bytes = Buffer.from('first\nsecond: é\n')
  await appendFile(path, bytes.subarray(0, bytes.length - 2))
  expect([await news(file), await news(file)]).toEqual([['first'], []])
  await appendFile(path, bytes.subarray(bytes.length - 2))
  await appendFile(path, 'no end')
  expect(await news(file)).toEqual(['second: é'])
  expect(file.rest()).toBe('no end')
})

test('lines longer than a piece are whole', async () => {
  const path = join(await temporaryFolder(), 'log')
  const long = 'x'.repeat(300_000)
  await appendFile(path, `${long}\n${long}\nend\n`)
  expect(await news(new GrowingFile(path))).toEqual([long, long, 'end'])
})
