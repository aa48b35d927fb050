import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { createRuntime, type RuntimeOptions } from '../src/composition.js'
import type { RunLogFile } from '../src/log/run-log.js'
import type { RunEvent } from '../src/run-event.js'
import { parseSettings } from '../src/settings/index.js'
import * as tokens from '../src/tokens.js'
import { errorOf } from './error-of.js'
import { folderWith } from './folders.js'
import { backendModule, backendPlugin } from './plugins/plugin-files.js'
import { VirtualClock } from './virtual-clock.js'

const settings = (plugins: readonly unknown[] = [], folder = '/nowhere'): RuntimeOptions['settings'] => ({
  settings: parseSettings({ model: './model.mjs', data: { path: './rows.csv' }, plugins: [...plugins] } as object, 'test'),
  origins: new Map(),
  warnings: [],
  folder,
})

/** The services that the pipeline and the planner were given, which they keep to themselves. */
const insides = (service: object) => service as unknown as Record<'registry' | 'planner' | 'log' | 'clock' | 'observe', object>

describe('the services of a run', () => {
  test('are each made once: whoever asks gets the same', async () => {
    await using runtime = await createRuntime({ settings: settings() })
    const pipeline = insides(runtime.pipeline)
    expect(pipeline.registry).toBe(runtime.registry)
    expect(insides(pipeline.planner).registry).toBe(runtime.registry)
    expect(insides(pipeline.planner).observe).toBe(pipeline.observe)
  })

  test('are other ones for another run', async () => {
    await using one = await createRuntime({ settings: settings([backendPlugin('mine', 'tape')]) })
    await using two = await createRuntime({ settings: settings() })
    expect(two.pipeline).not.toBe(one.pipeline)
    for (const name of ['registry', 'planner', 'log'] as const) expect(insides(two.pipeline)[name]).not.toBe(insides(one.pipeline)[name])
    expect(await one.registry.tryFind('backend', 'tape')).toBeDefined()
    expect(await two.registry.tryFind('backend', 'tape')).toBeUndefined()
  })

  test('use the clock and the observer that they are given', async () => {
    const clock = new VirtualClock()
    const seen: RunEvent[] = []
    await using runtime = await createRuntime({ settings: settings(), clock, observe: event => seen.push(event) })
    expect(insides(runtime.pipeline).clock).toBe(clock)
    ;(insides(runtime.pipeline).observe as (event: RunEvent) => void)({ type: 'warning', warning: { code: 'X', message: 'x' } })
    expect(seen).toHaveLength(1)
  })

  test('include the plugins of the settings, from the settings file’s folder', async () => {
    const folder = await folderWith({ 'tape.mjs': backendModule('mine', 'tape') })
    await using runtime = await createRuntime({ settings: settings(['./tape.mjs'], folder) })
    expect((await runtime.registry.find('backend', 'tape')).code.name).toBe('./tape.mjs')
  })

  test('are not made with a plugin that does not exist', async () => {
    const error = await errorOf(() => createRuntime({ settings: settings(['./tape.mjs']) }))
    expect(error).toMatchObject({ code: 'CHORALE_PLUGIN_NOT_FOUND', details: { askedBy: 'plugins' } })
  })

  test('end with the run: its log is closed', async () => {
    const path = join(await folderWith({}), 'log.ndjson')
    const runtime = await createRuntime({ settings: settings() })
    const log = insides(runtime.pipeline).log as unknown as RunLogFile
    log.open(path)
    log.info('during')
    await runtime[Symbol.asyncDispose]()
    await runtime[Symbol.asyncDispose]()
    log.info('after')
    expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('tokens', () => {
  const all = Object.values(tokens) as readonly symbol[]

  test('are registered symbols of ours, so that two copies of the package mean the same', () => {
    for (const token of all) expect(Symbol.keyFor(token)).toMatch(/^@chorale\/core:[a-z]+$/)
    expect(Symbol.for('@chorale/core:clock')).toBe(tokens.CLOCK)
  })

  test('are all different', () => {
    expect(new Set(all).size).toBe(all.length)
  })
})

test('only the composition knows the container', () => {
  const packages = join(import.meta.dirname, '../..')
  const importers = readdirSync(packages)
    .flatMap(name => {
      const folder = join(packages, name, 'src')
      return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(path => join(name, 'src', path))
    })
    .filter(
      path =>
        path.endsWith('.ts') &&
        /from '(tsyringe|reflect-metadata)'|import '(tsyringe|reflect-metadata)'/.test(readFileSync(join(packages, path), 'utf8')),
    )
  expect(importers).toEqual(['core/src/composition.ts'])
})

test('contracts, jobs and plugins never load the container', () => {
  const container = /tsyringe|reflect-metadata|composition\.js/
  const core = join(import.meta.dirname, '../src')
  for (const part of ['contracts', 'job', 'plugins', 'lifecycle']) {
    for (const file of readdirSync(join(core, part))) expect(readFileSync(join(core, part, file), 'utf8')).not.toMatch(container)
  }
})
