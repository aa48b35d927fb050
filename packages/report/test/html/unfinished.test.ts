import { ChoraleError } from '@chorale/core/contracts'
import { expect, test } from 'vitest'

import { reportPage } from '../../src/html/report-page.js'
import type { DrawSet, ReportedRun } from '../../src/index.js'
import { site } from '../memory-run.js'
import { all, figureNamed, parsed, rowsOf, section, words } from './page-parts.js'
import { HISTORY, reportedRun } from './reported-runs.js'

const EMPTY: DrawSet = { scale: 'constrained', sites: [], chains: [], missing: [{ what: 'combined draws', why: 'the run has no summary' }] }

test('of a run that failed the failures come first; the shards that are there are shown', async () => {
  const run = { ...reportedRun({ shards: 2, summary: 'none' }), posterior: async () => EMPTY }
  const { page, missing } = await reportPage(run, { ...HISTORY, state: 'interrupted' })
  const document = parsed(page)
  expect(words(document.querySelector('.verdict'))).toMatch(
    /^No: the run did not come to its end\. 1 of 8 chains are finished.*chorale run --resume/,
  )
  expect(all(document, '.judged > li').map(words)).toEqual(['failedsample-0000-0, attempt 1 on n1: CHORALE_TASK_MEMORY: no memory'])
  expect(words(section(document, 'What is missing'))).toContain('combined draws: the run has no summary')
  expect(missing).toContainEqual({ what: 'combined draws', why: 'the run has no summary' })
  expect(figureNamed(document, 'mu by shard')).toBeDefined()
  expect(words(section(document, 'Parameters'))).toContain('of shard 0')
})

test('a run that looked for a mode is no posterior, and there is nothing to go on with', async () => {
  const mode = { parameters: { mu: 1.25, 'b[1]': null }, isConverged: true, warnings: [{ code: 'MODES', message: 'There are others' }] }
  const run: ReportedRun = {
    ...reportedRun({ summary: 'none', draws: 10, chains: 1 }),
    posterior: async () => EMPTY,
    shard: async () => EMPTY,
    mode,
  }
  const { page, missing } = await reportPage(run, { ...HISTORY, verdict: 'a mode, no posterior' })
  const document = parsed(page)
  expect(missing).toEqual([])
  expect(rowsOf(section(document, 'The mode'))).toEqual([
    ['mu', '1.250'],
    ['b[1]', '–'],
  ])
  expect(words(section(document, 'The mode'))).toContain('There are others')
  expect(words(section(document, 'To get this run again'))).toContain('npx chorale optimize')
  expect(words(document.querySelector('.verdict'))).not.toContain('finished')
  expect(words(document.querySelector('.verdict p'))).toBe('No: the run has a mode, no posterior.')
  expect(words(document.querySelector('.verdict'))).not.toContain('To go on')
})

test('without draws and plan the summary is shown, and the rest named', async () => {
  const missing = [{ what: 'run.json', why: 'run.json has format 2, written by a newer Chorale' }]
  const run = { ...reportedRun(), record: undefined, shards: [], missing, posterior: async () => EMPTY }
  const document = parsed((await reportPage(run, { ...HISTORY, state: undefined, attempts: [] })).page)
  expect(words(section(document, 'What is missing'))).toContain('run.json: run.json has format 2')
  expect(all(document, 'table.parameters tbody tr')).toHaveLength(4)
  expect(all(document, 'figure')).toHaveLength(0)
})

test('a shard that cannot be read is named, and the others are drawn', async () => {
  const whole = reportedRun({ shards: 3 })
  const why = 'draws.bin is whole only up to byte 10 of 99'
  const run = {
    ...whole,
    shard: async (id: number) => (id === 1 ? { ...EMPTY, missing: [{ what: 'chain 0 of shard 1', why }] } : whole.shard(id)),
  }
  const document = parsed((await reportPage(run, HISTORY)).page)
  expect(words(section(document, 'What is missing'))).toContain(`chain 0 of shard 1: ${why}`)
  expect(words(figureNamed(document, 'mu by shard').querySelector('desc'))).toContain('in 2 shards')
})

test('a file that is damaged while the report is made costs the sections that rest on it', async () => {
  const whole = reportedRun()
  const set = await whole.posterior()
  const blocks = () => {
    throw new ChoraleError('CHORALE_RESULT_DAMAGED', 'values.bin is not what it was.')
  }
  const chains = set.chains.map(chain => ({ ...chain, values: { ...chain.values, blocks } }))
  const { page, missing } = await reportPage({ ...whole, posterior: async () => ({ ...set, chains }) }, HISTORY)
  expect(missing).toContainEqual({ what: 'densities', why: 'values.bin is not what it was' })
  expect(words(section(parsed(page), 'What is missing'))).toContain('densities: values.bin is not what it was')
  expect(all(parsed(page), 'table.parameters tbody tr')).toHaveLength(4)
})

test('parameters that never move, or are not numbers, break nothing', async () => {
  const run = reportedRun({ sites: [site('still'), site('nan'), site('mu')], shift: (_, __, element) => (element === 1 ? NaN : 0) })
  const still = { ...run, posterior: async () => zeroFirst(await run.posterior()) }
  const { page } = await reportPage(still, HISTORY)
  expect(words(section(parsed(page), 'Marginal densities'))).toContain('2 of them')
  expect(figureNamed(parsed(page), 'mu')).toBeDefined()
  expect(all(parsed(page), 'svg').every(svg => !svg.outerHTML.includes('NaN'))).toBe(true)
})

function zeroFirst(set: DrawSet): DrawSet {
  const chains = set.chains.map(chain => ({
    ...chain,
    values: {
      ...chain.values,
      async *blocks() {
        for await (const block of chain.values.blocks()) {
          for (let at = 0; at < block.length; at += 3) block[at] = 5
          yield block
        }
      },
    },
  }))
  return { ...set, chains }
}
