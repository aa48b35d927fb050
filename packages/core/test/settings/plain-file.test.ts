import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

import { plainContent, plainlyFound } from '../../src/settings/plain-file.js'
import { folderWith } from '../folders.js'

const parse = (_: string, text: string): unknown => JSON.parse(text)
const FILES = ['a.yaml', 'a.json']

/** A folder that is the current one while the test runs. */
async function folderOf(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const before = process.cwd()
  const folder = await folderWith(files)
  onTestFinished(() => process.chdir(before))
  process.chdir(folder)
  return folder
}

describe('a file is plainly found', () => {
  test('as the first of those that exist', async () => {
    const folder = await folderOf()
    expect(plainlyFound(folder, FILES)).toBeUndefined()
    await writeFile(join(folder, 'a.json'), '{}')
    expect(plainlyFound(folder, FILES)).toBe(join(folder, 'a.json'))
    await writeFile(join(folder, 'a.yaml'), '')
    expect(plainlyFound(folder, FILES)).toBe(join(folder, 'a.yaml'))
  })

  test('unless it is a folder', async () => {
    const folder = await folderOf({ 'a.json': '{}' })
    await mkdir(join(folder, 'a.yaml'))
    expect(plainlyFound(folder, FILES)).toBeUndefined()
  })

  test.each([
    ['package.json', '{ "cosmiconfig": { "searchPlaces": [] } }'],
    ['package.yaml', ''],
  ])('unless options of cosmiconfig may say otherwise: in %s', async (name, text) => {
    const folder = await folderOf({ 'a.json': '{}', 'package.json': '{ "name": "plain" }' })
    expect(plainlyFound(folder, FILES)).toBe(join(folder, 'a.json'))
    await writeFile(join(folder, name), text)
    expect(plainlyFound(folder, FILES)).toBeUndefined()
    expect(plainContent(join(folder, 'a.json'), parse)).toBeUndefined()
  })

  test('unless there is a folder .config', async () => {
    const folder = await folderOf({ 'a.json': '{}' })
    await mkdir(join(folder, '.config'))
    expect(plainlyFound(folder, FILES)).toBeUndefined()
  })
})

test.each([
  ['{ "model": "./model.js" }', { model: './model.js' }],
  ['[1]', [1]],
  ['{ "$import": "./base.json" }', undefined],
  ['null', undefined],
  ['', undefined],
  ['{ broken', undefined],
])('the content %s is read as %j', async (text, content) => {
  const folder = await folderOf({ 'a.json': text })
  expect(plainContent(join(folder, 'a.json'), parse)).toEqual(content)
})
