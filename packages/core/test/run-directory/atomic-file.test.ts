import { chmod, link, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linkOnce, makeDirectory, replaceFile, writeOnce } from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'

test('of many writers of one name exactly one wins, and its file is whole', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'run.json')
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000))
  const outcomes = await Promise.all(contents.map(content => writeOnce(path, content)))
  expect(outcomes.filter(outcome => outcome === 'written')).toHaveLength(1)
  expect(await readFile(path, 'utf8')).toBe(contents[outcomes.indexOf('written')])
  expect(await readdir(folder)).toEqual(['run.json'])
})

test('a link that succeeded though the file system reported EEXIST counts as written', async () => {
  const folder = await temporaryFolder()
  const [temporary, path] = [join(folder, '.a.tmp'), join(folder, 'a')]
  await writeFile(temporary, 'mine')
  await link(temporary, path)
  expect(await linkOnce(temporary, path)).toBe('written')
  expect(await readdir(folder)).toEqual(['a'])
})

test('a reader of a file that is being replaced sees the old or the new one, never a part', async () => {
  const path = join(await temporaryFolder(), 'beat')
  await replaceFile(path, 'a'.repeat(50_000), { sync: 'full' })
  const seen = new Set<string>()
  const writing = (async () => {
    for (let i = 0; i < 100; i++) await replaceFile(path, (i % 2 ? 'a' : 'b').repeat(50_000), { sync: 'none' })
  })()
  const reading = (async () => {
    for (let i = 0; i < 200; i++) seen.add(await readFile(path, 'utf8'))
  })()
  await Promise.all([writing, reading])
  for (const text of seen) expect(text).toMatch(/^(a{50000}|b{50000})$/)
})

test('files and folders have the permissions of their folder, also under the umask 0077 of a batch job', async () => {
  const folder = await temporaryFolder()
  await chmod(folder, 0o750)
  const before = process.umask(0o077)
  try {
    await makeDirectory(join(folder, 'tasks/sample-0000-0'))
    await writeOnce(join(folder, 'tasks/sample-0000-0/task.json'), '{}')
    await replaceFile(join(folder, 'beat'), '1', { sync: 'none' })
  } finally {
    process.umask(before)
  }
  const modeOf = async (name: string) => ((await stat(join(folder, name))).mode & 0o777).toString(8)
  expect(await Promise.all(['tasks', 'tasks/sample-0000-0', 'tasks/sample-0000-0/task.json', 'beat'].map(modeOf))).toEqual([
    '750',
    '750',
    '640',
    '640',
  ])
})
