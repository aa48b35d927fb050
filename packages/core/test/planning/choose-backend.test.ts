import { afterEach, describe, expect, test, vi } from 'vitest'

import type { BackendDefinition, Model } from '../../src/contracts/index.js'
import { chooseBackend, type BackendRequest } from '../../src/planning/choose-backend.js'
import * as cores from '../../src/machine/usable-workers.js'
import { PluginRegistry } from '../../src/plugins/index.js'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const backend = (name: string, more: Partial<BackendDefinition> = {}): BackendDefinition => ({
  name,
  summary: '',
  capabilities: { sameProcess: name === 'cpu' },
  create: () => Promise.reject(new Error('choosing creates nothing')),
  ...more,
})

const model = (rows: Model['rows']): Model => ({ rows, dataNames: [], bind: () => Promise.reject(new Error()) as never })

async function choose(request: Partial<BackendRequest>, backends = ['cpu', 'workers', 'pjit'].map(name => backend(name)), workers = 8) {
  vi.spyOn(cores, 'usableWorkers').mockReturnValue(workers)
  const builtins = backends.map(definition => ({
    package: `@chorale/backend-${definition.name}`,
    url: `test:${definition.name}`,
    load: () => Promise.resolve({ default: { name: definition.name, apiVersion: 1, backends: [definition] } }),
  }))
  const registry = new PluginRegistry({ builtins, folder: '/nowhere' })
  const full = {
    name: 'auto',
    model: model('independent'),
    inlineModel: false,
    shards: 1,
    chains: 4,
    rowsPerShard: 1e6,
    dimension: 10,
    ...request,
  }
  return chooseBackend(registry, full)
}
const nameOf = async (...args: Parameters<typeof choose>): Promise<string> => (await choose(...args)).backend.definition.name

describe('auto', () => {
  test('takes workers for many chains', async () => expect(await nameOf({})).toBe('workers'))
  test('takes pjit for one chain of much data', async () => expect(await nameOf({ chains: 1 })).toBe('pjit'))
  test('takes cpu for one chain of little data', async () => expect(await nameOf({ chains: 1, rowsPerShard: 100 })).toBe('cpu'))
  test('takes cpu on one core', async () => expect(await nameOf({}, undefined, 1)).toBe('cpu'))
  test('passes pjit over for a joint likelihood', async () => expect(await nameOf({ chains: 1, model: model('joint') })).toBe('cpu'))
  test('stays in this process with a model that lives here', async () => expect(await nameOf({ inlineModel: true })).toBe('cpu'))
  test('counts chains of all shards', async () => expect(await nameOf({ chains: 1, shards: 3 })).toBe('workers'))
  test('takes a plugin that offers itself', async () => {
    const offered = backend('slurm', { auto: { rank: 5, when: facts => facts.parallelUnits > 2 } })
    expect(await nameOf({}, [backend('cpu'), offered])).toBe('slurm')
    expect(await nameOf({ chains: 1 }, [backend('cpu'), offered])).toBe('cpu')
  })
  test('says why', async () => expect((await choose({})).reason).toMatch(/^auto: 4 chains to run and 8 usable workers$/))
})

describe('a named backend', () => {
  test('is taken', async () => expect((await choose({ name: 'cpu' })).reason).toBe('backend.name: cpu'))
  test('that does not exist is an error with the names that do', async () => {
    await expect(choose({ name: 'cpuu' })).rejects.toMatchObject({ code: 'CHORALE_BACKEND_UNKNOWN', details: { fix: 'backend.name: cpu' } })
  })
  test('in other processes refuses a model that lives in this one', async () => {
    await expect(choose({ name: 'workers', inlineModel: true })).rejects.toMatchObject({ code: 'CHORALE_MODEL_NOT_PORTABLE' })
  })
  test('that splits rows refuses a joint likelihood', async () => {
    await expect(choose({ name: 'pjit', model: model('joint') })).rejects.toMatchObject({ code: 'CHORALE_MODEL_JOINT' })
  })
})

describe('slurm without its package', () => {
  test('means workers inside an allocation, with a warning', async () => {
    vi.stubEnv('SLURM_JOB_ID', '42')
    const chosen = await choose({ name: 'slurm' })
    expect([chosen.backend.definition.name, chosen.warning]).toEqual(['workers', expect.stringContaining('42')])
  })
  test('is not installed anywhere else', async () => {
    vi.stubEnv('SLURM_JOB_ID', undefined)
    await expect(choose({ name: 'slurm' })).rejects.toMatchObject({ code: 'CHORALE_BACKEND_NOT_INSTALLED' })
  })
})
