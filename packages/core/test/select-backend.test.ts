import { describe, expect, test } from 'vitest'

import { resolveSlurm, selectBackend, type BackendCandidate } from '../src/select-backend.js'

const facts = (parallelUnits: number, usableWorkers: number, usableDevices: number) => ({ parallelUnits, usableWorkers, usableDevices })
const able = (...names: readonly string[]): readonly BackendCandidate[] => names.map(name => ({ name, takesModel: true }))
const ALL = able('cpu', 'workers', 'pjit', 'pbs', 'slurm')

describe('auto', () => {
  test.each([
    [1, 1, 1, 'cpu'],
    [2, 8, 1, 'cpu'],
    [3, 1, 1, 'cpu'],
    [3, 2, 1, 'workers'],
    [4, 2, 1, 'workers'],
    [4000, 64, 64, 'workers'],
    [3, 2, 2, 'workers'],
    [3, 1, 2, 'pjit'],
    [2, 8, 2, 'pjit'],
    [1, 1, 2, 'pjit'],
    [1, 16, 16, 'pjit'],
  ])('%i chains, %i workers, %i devices: %s', (units, workers, devices, expected) => {
    expect(selectBackend(facts(units, workers, devices), ALL).name).toBe(expected)
  })

  test.each([
    [['cpu'], 8, 8, 8, 'cpu'],
    [['cpu', 'pjit'], 8, 8, 8, 'pjit'],
    [['cpu', 'pjit'], 8, 8, 1, 'cpu'],
    [['cpu', 'workers'], 8, 8, 8, 'workers'],
    [['cpu', 'workers'], 1, 8, 8, 'cpu'],
    [['cpu', 'pbs', 'slurm'], 800, 8, 8, 'cpu'],
  ] as const)('with %j installed, %i chains, %i workers, %i devices: %s', (installed, units, workers, devices, expected) => {
    expect(selectBackend(facts(units, workers, devices), able(...installed)).name).toBe(expected)
  })

  test('with one shard answers as the Python reference does for every number of chains, workers and devices', () => {
    const reference = (chains: number, workers: number, devices: number): string =>
      chains >= 3 && workers >= 2 ? 'workers' : devices > 1 ? 'pjit' : 'cpu'
    for (let chains = 1; chains <= 8; chains++) {
      for (let workers = 1; workers <= 4; workers++) {
        for (let devices = 1; devices <= 3; devices++) {
          expect(selectBackend(facts(chains, workers, devices), ALL).name).toBe(reference(chains, workers, devices))
        }
      }
    }
  })

  test('passes over a backend that cannot take the model', () => {
    const without = (name: string) => ALL.map(candidate => ({ ...candidate, takesModel: candidate.name !== name }))
    expect(selectBackend(facts(8, 8, 8), without('workers')).name).toBe('pjit')
    expect(selectBackend(facts(1, 8, 8), without('pjit')).name).toBe('cpu')
  })

  test('says why', () => {
    expect(selectBackend(facts(8, 4, 1), ALL).reason).toBe('8 chains to run and 4 usable workers')
    expect(selectBackend(facts(1, 4, 4), ALL).reason).toBe('1 chain to run and 4 usable devices')
    expect(selectBackend(facts(1, 4, 1), ALL).reason).toBe('1 chain to run and 4 usable workers')
    expect(selectBackend(facts(8, 4, 1), able('cpu')).reason).toContain('"workers" is not installed')
    expect(selectBackend(facts(1, 4, 4), able('cpu')).reason).toContain('"pjit" is not installed')
  })
})

describe('a third-party backend in auto', () => {
  const offering = (name: string, rank: number, when: (f: ReturnType<typeof facts>) => boolean = () => true): BackendCandidate => ({
    name,
    takesModel: true,
    auto: { rank, when },
  })

  test('that offers itself is taken before ours', () => {
    expect(selectBackend(facts(8, 8, 8), [...ALL, offering('gpu', 1)])).toEqual({ name: 'gpu', reason: 'offers itself with rank 1' })
  })

  test('is taken by the highest rank, whatever the order of installation', () => {
    const offers = [offering('a', 1), offering('b', 5), offering('c', 3)]
    expect(selectBackend(facts(1, 1, 1), [...ALL, ...offers]).name).toBe('b')
    expect(selectBackend(facts(1, 1, 1), [...offers.reverse(), ...ALL]).name).toBe('b')
  })

  test('is asked with the facts, and left out when its predicate does not hold', () => {
    const big = offering('gpu', 9, ({ parallelUnits }) => parallelUnits >= 100)
    expect(selectBackend(facts(8, 8, 1), [...ALL, big]).name).toBe('workers')
    expect(selectBackend(facts(100, 8, 1), [...ALL, big]).name).toBe('gpu')
  })

  test('that cannot take the model, ranks itself at zero or does not offer itself is left out', () => {
    const others = [{ ...offering('a', 9), takesModel: false }, offering('b', 0), ...able('c')]
    expect(selectBackend(facts(1, 1, 1), [...ALL, ...others]).name).toBe('cpu')
  })
})

describe('slurm', () => {
  test('is itself where its package is installed, inside an allocation or not', () => {
    expect(resolveSlurm(true, {})).toEqual({ name: 'slurm' })
    expect(resolveSlurm(true, { SLURM_JOB_ID: '7' })).toEqual({ name: 'slurm' })
  })

  test('without its package falls back to workers inside an allocation, with a warning', () => {
    const { name, warning } = resolveSlurm(false, { SLURM_JOB_ID: '7' })
    expect(name).toBe('workers')
    expect(warning).toContain('@chorale/backend-slurm is not installed; running inside Slurm allocation 7')
  })

  test.each([{}, { SLURM_JOB_ID: '' }])(
    'without its package stays slurm outside an allocation (%j): the error says what to install',
    environment => {
      expect(resolveSlurm(false, environment)).toEqual({ name: 'slurm' })
    },
  )
})
