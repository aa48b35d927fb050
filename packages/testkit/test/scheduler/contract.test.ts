import type { CommandLine, SchedulerAdapter } from '@chorale/core/contracts'
import { describe, expect, it } from 'vitest'
import { checkScheduler, formatReport, hasPassed, schedulerContract } from '../../src/index.js'
import { brokenBy } from '../broken-by.js'
import { breakages } from './breakages.js'
import { RECORDINGS, toy } from './toy-scheduler.js'

describe('an adapter that keeps the contract', () => {
  it('keeps every clause', async () => {
    expect(await brokenBy(schedulerContract(toy, RECORDINGS))).toEqual([])
  })

  it('keeps every clause where the script is the standard input of its command', async () => {
    const reader: SchedulerAdapter = {
      ...toy,
      scriptAs: 'input',
      submission: (request, facts) => toy.submission(request, facts).filter(word => word !== request.script) as unknown as CommandLine,
    }
    expect(await brokenBy(schedulerContract(reader, RECORDINGS))).toEqual([])
  })
})

describe('an adapter that breaks one clause', () => {
  it.each(breakages)('$clause', async ({ clause, adapter, recordings = RECORDINGS }) => {
    expect(await brokenBy(schedulerContract(adapter, recordings))).toEqual([clause])
  })
})

describe('the contract of schedulers', () => {
  it('has a broken adapter for each clause', () => {
    const clauses = schedulerContract(toy, RECORDINGS).map(({ name }) => name)
    expect([...new Set(breakages.map(({ clause }) => clause))]).toEqual(clauses)
    expect(new Set(clauses).size).toBe(clauses.length)
  })

  it('asks for single jobs only where the scheduler can be asked for them', () => {
    const skipped = schedulerContract(toy, { ...RECORDINGS, looksAt: 'user' }).filter(({ skip }) => skip !== false)
    expect(skipped.map(({ name, requires, skip }) => [name, ...requires, skip])).toEqual([
      ['asks for the jobs that it is to ask for, and no others', 'looksAt: jobs', 'declares looksAt: user'],
    ])
  })

  it('says which function of the system was called, and leaves the system as it was', async () => {
    const { adapter } = breakages.find(({ clause }) => clause === 'asks nobody but its arguments')!
    const before = [process.env, Math.random, Date, process.cwd()]
    const report = await checkScheduler(adapter, RECORDINGS)
    expect(hasPassed(report)).toBe(false)
    expect(formatReport(report)).toContain('it called fs.existsSync: an adapter reads no file and starts no process')
    expect([process.env, Math.random, Date, process.cwd()]).toEqual(before)
  })

  it('names what the recordings lack', async () => {
    const report = await checkScheduler(toy, { ...RECORDINGS, submissions: [], finds: [] })
    expect(report.checks).toHaveLength(1)
    expect(report.checks[0]?.message).toContain('a submission that was accepted')
    expect(report.checks[0]?.message).toContain('a look-up that found none')
  })
})
