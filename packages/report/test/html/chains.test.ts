import { autocovariance, essBulk, essTail } from '@chorale/diagnostics'
import { expect, test } from 'vitest'

import { reportPage } from '../../src/html/report-page.js'
import { countText, shortNumber } from '../../src/html/number-text.js'
import { site } from '../memory-run.js'
import { all, parsed, rowsOf, section, words, type Element } from './page-parts.js'
import { HISTORY, reportedRun, type ReportedRunOptions } from './reported-runs.js'

const documentOf = async (options: ReportedRunOptions): Promise<Element> => parsed((await reportPage(reportedRun(options), HISTORY)).page)

const shardsOf = (document: Element): readonly Element[] => all(document, 'details.shard')

test('every shard can be opened, without scripts: its figures of merit, the means of its chains, a picture of each parameter and of energy', async () => {
  const run = reportedRun({ shards: 3, chains: 2 })
  const document = parsed((await reportPage(run, HISTORY)).page)
  const shards = shardsOf(document)
  expect(shards.map(shard => words(shard.querySelector('summary')))).toEqual(
    [0, 1, 2].map(id => `Shard ${id}: R-hat 1.00${id}, ESS 900, E-BFMI 0.900, 0 divergences`),
  )
  const { chains } = await run.shard(1)
  const means = await Promise.all(
    chains.map(async ({ values, rows }) => {
      let sum = 0
      for await (const block of values.blocks()) for (let at = 0; at < block.length; at += 4) sum += block[at]!
      return shortNumber(sum / rows)
    }),
  )
  const [first, ...others] = rowsOf(shards[1]!)
  expect([first![0], ...first!.slice(4)]).toEqual(['mu', ...means])
  expect(others).toHaveLength(3)
  const figures = all(shards[1]!, 'figure')
  expect(figures.map(figure => words(figure.querySelector('figcaption')))).toEqual([
    ...['mu', 'tau', 'theta[1]', 'theta[2]'].map(name => `Chains of ${name}`),
    'Energy and its changes, shares of draws',
  ])
  for (const picture of all(shards[1]!, 'svg')) {
    expect(picture.getAttribute('role')).toBe('img')
    expect(picture.getAttribute('aria-label')).toMatch(/ in shard 1: /)
    const growth = picture.getAttribute('aria-label')!.startsWith('Effective draws')
    expect(all(picture, 'polyline').map(line => line.getAttribute('class'))).toEqual(growth ? ['bulk', 'dashed'] : ['chain-0', 'chain-1'])
    for (const line of all(picture, 'polyline')) expect(line.getAttribute('points')!.split(' ').length).toBeGreaterThan(growth ? 4 : 15)
    expect(picture.outerHTML).not.toMatch(/NaN|undefined|Infinity/)
  }
  expect(words(section(document, 'Traces and ranks'))).toContain('Chains of other shards')
})

test('autocorrelation and effective draws of each shard are those of its draws', async () => {
  const run = reportedRun({ shards: 2, chains: 2 })
  const draws: Float64Array[] = []
  for (const { values, rows } of (await run.shard(1)).chains) {
    const own = new Float64Array(rows)
    let row = 0
    for await (const block of values.blocks()) for (let at = 0; at < block.length; at += 4) own[row++] = block[at]!
    draws.push(own)
  }
  const document = parsed((await reportPage(run, HISTORY)).page)
  const labels = all(shardsOf(document)[1]!, 'svg').map(picture => picture.getAttribute('aria-label')!)
  const lagOne = draws.map(own => {
    const covariance = autocovariance(own)
    return (covariance[1]! / covariance[0]!).toFixed(3)
  })
  expect(labels).toContain(`Autocorrelation of mu in shard 1: at lag 1 it is ${lagOne.join(', ')} in the chains`)
  expect(labels).toContain(
    `Effective draws of mu as chains grew, in shard 1: at the end ${countText(essBulk(draws))} of the bulk (solid) and ${countText(essTail(draws))} of the tails (dashed)`,
  )
})

test('a shard with divergences has the pair of parameters that shows them, and no other shard', async () => {
  const base = reportedRun({ shards: 3, chains: 2, draws: 100 })
  const shards = base.summary!.shards.map(shard => ({ ...shard, divergences: shard.id === 1 ? 40 : 0 }))
  const document = parsed((await reportPage({ ...base, summary: { ...base.summary!, shards } }, HISTORY)).page)
  const crosses = shardsOf(document).map(shard => all(shard, '.divergent').map(path => path.getAttribute('d')!.match(/M/g)!.length))
  expect(crosses).toEqual([[], [40], []])
  const figure = all(shardsOf(document)[1]!, 'figure').at(-1)!
  expect(words(figure.querySelector('figcaption'))).toMatch(/^Divergences in shard 1: /)
  expect(rowsOf(figure)).toHaveLength(10)
})

test('what is left out for want of room has no places for the pointer', async () => {
  const base = reportedRun({ sites: [site('beta', [9])], shards: 100, chains: 4, draws: 60 })
  const shards = base.summary!.shards.map(shard => ({ ...shard, divergences: 48 }))
  const document = parsed((await reportPage({ ...base, summary: { ...base.summary!, shards } }, HISTORY)).page)
  const ids = Object.keys(JSON.parse(document.querySelector('#places')!.textContent) as object)
  expect(ids.filter(id => !document.querySelector(`#${id}`))).toEqual([])
  expect(ids.length).toBeGreaterThan(50)
})

test('a chain that is elsewhere is named with the picture of its ranks', async () => {
  const document = await documentOf({ shards: 2, shift: (chain, _, element) => (chain === 2 && element === 0 ? 2 : 0) })
  const labels = all(shardsOf(document)[0]!, 'figure svg').map(picture => picture.getAttribute('aria-label')!)
  expect(labels.find(label => label.startsWith('Ranks of mu'))).toMatch(/: chains? .*2.* leaves? the band$/)
  expect(labels.find(label => label.startsWith('Ranks of tau'))).toMatch(/: all chains stay in the band$/)
})

test('of many shards the worst are there, said how many, in less than 2 MB', async () => {
  const { page } = await reportPage(reportedRun({ sites: [site('beta', [9])], shards: 100, chains: 4, draws: 60 }), HISTORY)
  expect(Buffer.byteLength(page)).toBeLessThan(2 * 1024 * 1024)
  const document = parsed(page)
  const shards = shardsOf(document)
  expect(shards.length).toBeGreaterThan(10)
  // R-hat grows with the number of the shard.
  expect(shards.map(shard => shard.getAttribute('id'))).toEqual(shards.map((_, k) => `shard-${100 - shards.length + k}`))
  expect(words(section(document, 'Chains of the worst shards'))).toContain(`Of 100 shards there are the ${shards.length} that did worst`)
})

test('chains that never move, and draws that are not finite, have pictures without numbers that are none', async () => {
  const still = await documentOf({
    shards: 2,
    chains: 2,
    draws: 50,
    shift: (_, draw, element) => (element === 0 ? NaN : draw === 3 ? Infinity : 0),
  })
  for (const picture of all(still, 'details.shard svg'))
    expect(picture.outerHTML.replace(/aria-label="[^"]*"/, '')).not.toMatch(/NaN|Infinity/)
})

test('a run with one shard has no such section', async () => {
  expect(shardsOf(await documentOf({ shards: 1, draws: 50 }))).toEqual([])
})
