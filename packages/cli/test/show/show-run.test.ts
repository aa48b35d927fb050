import type { GateSummary, ParameterSummary } from '@chorale/core'
import { normalQuantile, quantile } from '@chorale/diagnostics'
import { expect, test } from 'vitest'

import { describeDraws } from '../../src/show/describe-draws.js'
import { showRun } from '../../src/show/show-run.js'
import type { ShownRun } from '../../src/show/shown-run.js'
import { memoryRun, site, VERIFIED, valueAt } from './memory-run.js'

/** Draws at the quantiles of a standard normal, dealt to two chains. */
const NORMAL = memoryRun({
  sites: [site('z')],
  draws: 1000,
  value: (chain, draw) => normalQuantile((2 * ((draw * 501) % 1000) + chain + 0.5) / 2000),
})
/** Of each line in columns of a terminal, where Chinese characters take two. */
const widths = (text: string): readonly number[] =>
  text.split('\n').map(line => [...line].reduce((total, letter) => total + (/\p{Script=Han}/u.test(letter) ? 2 : 1), 0))

test('mean, quantiles and density are those of the draws', async () => {
  const { elements } = await describeDraws(NORMAL, { name: 'z', limit: 1 })
  const [{ mean, sd, q5, q50, q95, density, draws, chains, rhat }] = elements as [(typeof elements)[number]]
  expect([draws, chains]).toEqual([2000, 2])
  expect(Math.abs(mean)).toBeLessThan(1e-3)
  expect(sd).toBeCloseTo(1, 2)
  expect([q5, q95].map(x => x.toFixed(2))).toEqual(['-1.64', '1.64'])
  expect(q50).toBeCloseTo(0, 6)
  expect(rhat).toBeCloseTo(1, 2)
  // 99 % of the draws, symmetric about the middle of the range.
  expect(density.counts.reduce((a, b) => a + b, 0)).toBe(1980)
  expect(density.from).toBeCloseTo(-density.to, 2)
  const [left, right] = [density.counts.slice(0, 32), density.counts.slice(32)].map(half => half.reduce((a, b) => a + b, 0))
  expect(Math.abs(left! - right!)).toBeLessThanOrEqual(2)
})

test('the picture has its peak over the median and fits 80 columns', async () => {
  const { text } = await showRun(NORMAL, { name: 'z' })
  const lines = text.split('\n')
  const top = lines.find(line => /[▁▂▃▄▅▆▇█]/.test(line))!
  const interval = lines.find(line => line.includes('●'))!
  const peak = [...top].findIndex(letter => letter === '█')
  expect(Math.abs([...interval].indexOf('●') - peak)).toBeLessThan(8)
  expect(interval.trim()).toMatch(/^─+━+●━+─+$/)
  expect(Math.max(...widths(text))).toBeLessThanOrEqual(80)
})

test('one element of an array is shown alone, all of them one below another', async () => {
  const run = memoryRun({ sites: [site('mu'), site('b', [3])] })
  const { elements } = await describeDraws(run, { name: 'b[2]', limit: 9 })
  const draws = Float64Array.from([0, 1].flatMap(chain => Array.from({ length: 20 }, (_, draw) => valueAt(chain, draw, 2))))
  expect(elements.map(({ name, q50 }) => [name, q50])).toEqual([['b[2]', quantile(draws, 0.5)]])
  expect((await showRun(run, { name: 'b' })).text.match(/^b\[\d\]$/gm)).toEqual(['b[1]', 'b[2]', 'b[3]'])
})

test("of shards' own parameters the draws that come with them are shown, of the others all", async () => {
  const joint = await memoryRun({ sites: [site('mu'), site('theta', [3])], draws: 5 }).posterior()
  const run: ShownRun = {
    ...memoryRun({ sites: [site('mu')], shards: [0, 1] }),
    joint: async () => ({ ...joint, chains: joint.chains.slice(0, 1) }),
  }
  const drawn = async (name: string) =>
    (await describeDraws(run, { name, limit: 9 })).elements.map(element => [element.name, element.draws])
  expect(await drawn('theta[2]')).toEqual([['theta[2]', 5]])
  expect(await drawn('mu')).toEqual([['mu', 20]])
  await expect(drawn('nu')).rejects.toMatchObject({ code: 'CHORALE_PARAMETER_UNKNOWN', details: { available: ['mu', 'theta'] } })
})

test('of a run that looked for a mode its values are shown, and that they are no posterior', async () => {
  const mode = { parameters: { mu: 1.25, 名: null }, isConverged: true, warnings: [] }
  const run: ShownRun = { ...memoryRun({ sites: [] }), mode }
  expect((await showRun(run)).text).toBe('Verdict  a mode, no posterior\n\nmu      1.250\n名          -\n')
  expect((await showRun({ ...run, mode: { ...mode, isConverged: false } })).json).toMatchObject({
    verdict: 'the highest point that was reached, no mode and no posterior',
    parameters: { mu: 1.25 },
  })
})

test('of a thousand elements a few are drawn, and the rest is counted', async () => {
  const { text, json } = await showRun(memoryRun({ sites: [site('b', [1000])] }), { name: 'b' })
  expect(text).toMatch(/\.\.\. 988 more elements: name one, as in beta\[2\]\n$/)
  expect(json).toMatchObject({ more: 988 })
})

test('combined draws have no R-hat, since their chains are none', async () => {
  const { elements } = await describeDraws(memoryRun({ sites: [site('mu')], shards: [0, 1] }), { name: 'mu', limit: 1 })
  expect(elements[0]).toMatchObject({ rhat: null, essBulk: null, chains: 1 })
})

const ROW: ParameterSummary = {
  mean: -123456.789,
  sd: 0.000123,
  mcseMean: 1,
  q5: -1e9,
  q50: 0,
  q95: 1e-12,
  essBulk: 123456.7,
  essTail: null,
  rhat: 1.23456,
}
const withTable = (parameters: Readonly<Record<string, ParameterSummary>>): ShownRun => ({
  ...memoryRun({ sites: [site('mu')] }),
  summary: { parameters, verification: VERIFIED, gates: [], warnings: [] },
})

test('the table fits 80 columns whatever its numbers and names', async () => {
  const names = ['x', 'a name that is much longer than the column', '群'.repeat(30)]
  const { text } = await showRun(withTable(Object.fromEntries(names.map(name => [name, ROW]))))
  expect(Math.max(...widths(text))).toBeLessThanOrEqual(80)
  expect(text).toContain('Verdict  exact')
})

const FAILED: GateSummary = {
  gate: 'RHAT',
  passed: false,
  level: 'fail',
  measured: 1.3,
  limit: 1.01,
  bound: 'at most',
  shards: { failed: 2, judged: 3 },
  shard: 1,
  parameter: 'mu',
  finding: 'R-hat 1.300 of mu (limit: at most 1.010)',
  meaning: 'the chains have not reached the same distribution',
  advice: ['chain 2 is elsewhere: give a longer warm-up', 'start chains elsewhere: sampling.initialValues'],
}

test('first of all the verdict, then gates that did not pass with all advice, other warnings, and why there are no predictions', async () => {
  const run = withTable({ mu: ROW })
  const gates = [FAILED, { ...FAILED, passed: true, gate: 'ESS_BULK', advice: [] }, { ...FAILED, level: 'off' as const, gate: 'EBFMI' }]
  const warnings = [
    { code: 'RHAT', message: `2 of 3 shards, worst shard 1: ${FAILED.finding}: ${FAILED.meaning}` },
    { code: 'SHARD_FAILED', message: 'shard 2 failed' },
    { code: 'NOT_PREDICTED', message: 'too large' },
  ]
  const { text, json } = await showRun({
    ...run,
    summary: { ...run.summary!, gates, warnings },
    findPredictions: async kind => ({
      predictions: undefined,
      missing: kind === 'predictive' ? [{ what: 'predictive draws', why: 'too large' }] : [],
    }),
  })
  expect(
    text
      .slice(0, text.indexOf('\n\n'))
      .replaceAll(/\n {9}/g, ' ')
      .split('\n'),
  ).toEqual([
    'Verdict  exact',
    `Failed   RHAT: 2 of 3 shards, worst shard 1: ${FAILED.finding}: ${FAILED.meaning}`,
    ...FAILED.advice.map(line => `Advice   ${line}`),
    'Warning  SHARD_FAILED: shard 2 failed',
    'Per row  no simulated data: too large',
  ])
  expect(text.indexOf('Per row')).toBeLessThan(text.indexOf('mean'))
  expect(Math.max(...widths(text))).toBeLessThanOrEqual(80)
  expect(json).toMatchObject({ verdict: 'exact', gates, warnings, predictions: [{ kind: 'predictive', draws: 0, why: 'too large' }] })
})

test('of gates that all passed one line', async () => {
  const run = withTable({ mu: ROW })
  const { text } = await showRun({ ...run, summary: { ...run.summary!, gates: [{ ...FAILED, passed: true }] } })
  expect(text).toMatch(/^Verdict {2}exact\nGates {4}all 1 passed\n\n/)
})

test('ten thousand parameters: the first hundred, and how many more; all of them in JSON', async () => {
  const { text, json } = await showRun(withTable(Object.fromEntries(Array.from({ length: 10_000 }, (_, j) => [`t${j}`, ROW]))))
  expect(text).toContain('... 9900 more')
  expect(text.split('\n').length).toBeLessThan(110)
  expect(Object.keys((json as { parameters: object }).parameters)).toHaveLength(10_000)
})

test('a run without summary, and a shard, get their table from the draws', async () => {
  const run = memoryRun({ sites: [site('mu'), site('b', [2])], shards: [0, 1] })
  expect((await showRun(run, { shard: 1 })).text).toMatch(/^mu .*\nb\[1\] .*\nb\[2\] .*\n/m)
  expect((await showRun({ ...run, summary: undefined })).json).toMatchObject({ parameters: { mu: {}, 'b[1]': {} } })
})

test('names cannot move the cursor', async () => {
  const evil = 'a\u001b[2J\u202eb\nc'
  const { text } = await showRun(memoryRun({ sites: [site(evil)] }), { name: evil })
  expect(text).toContain('a\ufffd[2J\ufffdb\ufffdc')
})

test('a name that does not exist, and a run without draws, say what there is', async () => {
  await expect(showRun(NORMAL, { name: 'y' })).rejects.toMatchObject({ code: 'CHORALE_PARAMETER_UNKNOWN', details: { available: ['z'] } })
  const missing = [{ what: 'combined draws', why: 'the run has no summary' }]
  const empty = { ...NORMAL, posterior: async () => ({ scale: 'constrained' as const, sites: [], chains: [], missing }) }
  await expect(showRun(empty, { name: 'z' })).rejects.toMatchObject({ code: 'CHORALE_NO_DRAWS' })
})
