import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createJiti } from 'jiti'
import { expect, onTestFinished, test } from 'vitest'

import { loadSettings } from '../../src/settings/index.js'
import { folderWith } from './folders.js'

test('a poisoned cache in the temporary folder is not executed', async () => {
  const folder = await folderWith({
    'chorale.config.ts': 'export default { sampling: { draws: 7 } }',
    'temporary/empty.txt': '',
  })
  const temporary = join(folder, 'temporary')
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = temporary
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  const file = join(folder, 'chorale.config.ts')
  const withCache = async () => {
    const jiti = createJiti(file, { fsCache: true, moduleCache: false, interopDefault: false })
    return (await jiti.import<{ default: { sampling: { draws: number } } }>(file)).default.sampling.draws
  }

  expect(await withCache()).toBe(7)
  const cache = join(temporary, 'jiti')
  const [entry] = await readdir(cache)
  const text = await readFile(join(cache, entry!), 'utf8')
  await writeFile(join(cache, entry!), text.replace(/draws:\s*7/, 'draws: 666'))

  // The control: with the cache the planted code runs.
  expect(await withCache()).toBe(666)
  expect((await loadSettings({ folder, env: {} })).settings.sampling.draws).toBe(7)
})
