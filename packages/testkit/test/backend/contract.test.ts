import type { BackendDefinition } from '@chorale/core/contracts'
import { describe, expect, it, vi } from 'vitest'
import { backendContract, checkBackend, formatReport, type Clause } from '../../src/index.js'
import { breakages } from './breakages.js'
import { elsewhere, here } from './harnesses.js'
import { toyBackend } from './toy-backend.js'
import { detachableBackend } from './toy-detachable.js'
import { transportBackend } from './toy-transport.js'
import { brokenBy } from '../broken-by.js'

// Each waits most of its time.
vi.setConfig({ maxConcurrency: 6 })

const contractOf = (backend: BackendDefinition<object>): readonly Clause[] =>
  backendContract(backend, {
    harness: backend.capabilities.isolation === 'process' ? elsewhere : here,
    clauseSeconds: 20,
    startSeconds: 2,
    // A kill is waited for up to 2 s, and 0.8 s before that.
    stopSeconds: backend.name === 'toy-transport' ? 7 : 5,
  })

/** Memory is measured of the whole process: one at a time, and beside nothing that allocates. */
const MEASURED = 'estimates no less memory than a run takes'

describe.concurrent('a backend that keeps the contract', () => {
  it.each([
    ['in this process', toyBackend()],
    [
      'in this process, one chain of one shard at a time',
      toyBackend({ capabilities: { supportsSharding: false, supportsParallelChains: false } }),
    ],
    ['in processes', toyBackend({ capabilities: { sameProcess: false, isolation: 'process' } })],
    ['over a transport', transportBackend()],
    ['detached', detachableBackend()],
  ] as const)('%s keeps every clause', async (_, backend) => {
    expect(await brokenBy(contractOf(backend), [MEASURED])).toEqual([])
  })
})

describe.concurrent('a backend that breaks one clause', () => {
  it.each(breakages)('$clause', async ({ clause, backend }) => {
    expect(await brokenBy(contractOf(backend), [MEASURED])).toEqual([clause])
  })
})

describe('the contract of backends', () => {
  it('has a broken backend for each clause, and each clause once', () => {
    const clauses = contractOf(toyBackend()).map(({ name }) => name)
    expect(breakages.map(({ clause }) => clause)).toEqual(clauses)
    expect(new Set(clauses).size).toBe(clauses.length)
  })

  it('skips because of declared capabilities alone, and says which', () => {
    const skipped = contractOf(toyBackend({ capabilities: { sameProcess: false, resumable: false, interactive: false } })).filter(
      ({ skip }) => skip !== false,
    )
    const reasons = new Map(skipped.map(({ name, skip }) => [name, skip]))
    expect(reasons.get('runs inline models in this process')).toBe('declares sameProcess: false')
    expect(reasons.get('gives the same draws after a stop in the middle')).toBe('declares resumable: false')
    expect(reasons.get('starts a task within seconds')).toBe('declares interactive: false')
    expect(reasons.get('says why it tries again')).toBe('declares neither sameProcess nor an isolation')
    expect(skipped.every(({ requires }) => requires.length > 0)).toBe(true)
  })

  it('is told as a report: a prerequisite that fails is its end', async () => {
    const { backend } = breakages.find(({ clause }) => clause === 'creates a backend')!
    const report = await checkBackend(backend, { harness: here })
    expect(report.subject).toBe('backend "toy"')
    expect(report.checks.at(-1)).toMatchObject({ name: 'creates a backend', status: 'failed' })
    expect(formatReport(report)).toContain('failed  creates a backend\n          create must return name, getCapabilities')
  })
})
