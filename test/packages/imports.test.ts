import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

import { succeed } from './command.js'
import { entriesOf, publicPackages } from './public-packages.js'

/** Imports a module in a process of its own and prints what a program could notice of that. */
const watch = (file: string): string => `
const emitters = [process, process.stdout, process.stderr]
const look = () => ({
  listeners: emitters.map(emitter => emitter.eventNames().map(event => [String(event), emitter.listenerCount(event)])),
  // Compilers' helpers and registries of other libraries begin so.
  globals: Object.keys(globalThis).filter(name => !name.startsWith('__')),
  environment: { ...process.env },
  folder: process.cwd(),
  exitCode: process.exitCode ?? null,
})
const before = look()
await import(${JSON.stringify(pathToFileURL(file).href)})
const after = look()
const alive = process.getActiveResourcesInfo().filter(resource => /Timeout|Immediate|Socket|Server|Process|Worker|MessagePort|Signal|Watch/.test(resource))
console.log(JSON.stringify({ before, after, alive }))
`

test.each(publicPackages.flatMap(entriesOf))('importing $specifier does nothing that can be noticed', async ({ file }) => {
  const folder = await mkdtemp(join(tmpdir(), 'chorale-import-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const { stdout, stderr } = await succeed(folder, process.execPath, ['--input-type=module', '--eval', watch(file)])
  expect(stderr).toBe('')
  const { before, after, alive } = JSON.parse(stdout) as {
    readonly before: object
    readonly after: object
    readonly alive: readonly string[]
  }
  expect(after).toEqual(before)
  expect(alive).toEqual([])
  expect(await readdir(folder)).toEqual([])
})
