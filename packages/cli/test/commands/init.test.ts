import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { chorale } from './chorale.js'

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chorale-init-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test.each([
  [[], ['chorale.config.yaml', 'density.csv', 'model.js']],
  [['--typescript'], ['chorale.config.ts', 'density.csv', 'model.ts']],
])('init %j writes a model, its settings and its data into a new folder', async (flags, files) => {
  const folder = join(emptyFolder(), 'deep', 'earth')
  const { code, stdout } = await chorale('init', folder, ...flags)
  expect(code).toBe(0)
  expect(readdirSync(folder).sort()).toEqual(files)
  for (const file of files) expect(stdout).toMatch(new RegExp(`^ {2}${file} +the `, 'm'))
  expect(stdout).toMatch(/\n {2}cd .*earth\n(?: {2}npm install chorale\n)? {2}npx chorale run\n$/)
})

test('the data are the 29 measurements of Cavendish, with a mean of 5.448', async () => {
  const folder = emptyFolder()
  await chorale('init', folder)
  const [header, ...values] = readFileSync(join(folder, 'density.csv'), 'utf8').trim().split('\n')
  expect(header).toBe('density')
  expect(values).toHaveLength(29)
  expect(values.reduce((sum, value) => sum + Number(value), 0) / 29).toBeCloseTo(5.4479, 3)
})

test.each(['density.csv', 'chorale.config.json'])('nothing is written where %s is already', async present => {
  const folder = emptyFolder()
  writeFileSync(join(folder, present), 'mine')
  const { code, stderr } = await chorale('init', folder)
  expect(code).toBe(2)
  expect(stderr).toContain('CHORALE_PROJECT_EXISTS')
  expect(stderr).toContain(present)
  expect(readdirSync(folder)).toEqual([present])
  expect(readFileSync(join(folder, present), 'utf8')).toBe('mine')
})

test('other files are no hindrance', async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'package.json'), '{}')
  expect((await chorale('init', folder)).code).toBe(0)
  expect(existsSync(join(folder, 'model.js'))).toBe(true)
})

test('a file in the place of the folder is refused', async () => {
  const file = join(emptyFolder(), 'earth')
  writeFileSync(file, '')
  expect(await chorale('init', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('CHORALE_PROJECT_EXISTS') as string })
})

test('init --json names the folder and the files', async () => {
  const folder = emptyFolder()
  const { stdout } = await chorale('init', folder, '--json')
  expect(JSON.parse(stdout)).toEqual({ folder, files: ['model.js', 'chorale.config.yaml', 'density.csv'] })
})
