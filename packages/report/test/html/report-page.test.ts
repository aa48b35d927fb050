import { quantile } from '@chorale/diagnostics'
import { describe, expect, test } from 'vitest'

import { reportPage } from '../../src/html/report-page.js'
import type { ReportedRun } from '../../src/index.js'
import { shortNumber } from '../../src/html/number-text.js'
import { site } from '../memory-run.js'
import { all, figureNamed, parsed, rowsOf, section, words, type Element } from './page-parts.js'
import { HISTORY, reportedRun, rowsFor } from './reported-runs.js'

const documentOf = async (run: ReportedRun, history = HISTORY) => parsed((await reportPage(run, history)).page)
const RUN = reportedRun()
const REPORT = documentOf(RUN)
const MEGABYTE = 1024 * 1024

/** All draws of an element, chain after chain. */
async function drawsOf(run: ReportedRun, element: number): Promise<readonly Float64Array[]> {
  const { chains } = await run.posterior()
  return Promise.all(
    chains.map(async ({ values }) => {
      const own: number[] = []
      for await (const block of values.blocks()) for (let at = element; at < block.length; at += values.columns.length) own.push(block[at]!)
      return Float64Array.from(own)
    }),
  )
}

const verdictOf = (document: Element): Element => document.querySelector('.verdict')!

test('the verdict comes first, in words', async () => {
  const document = await REPORT
  const [first] = all(document, 'main > *')
  expect(words(first?.querySelector('h2'))).toBe('Can I use this posterior?')
  expect(words(document.querySelector('.verdict p'))).toBe('Yes: every check of the run (gate) passed.')
})

test('gates that did not pass come before those that did, each with what was found, what it means and what to do', async () => {
  const gate = (name: string, level: 'warn' | 'fail', passed: boolean) => ({
    gate: name,
    passed,
    level,
    measured: 1.3,
    limit: 1.01,
    bound: 'at most' as const,
    shards: { failed: 1, judged: 3 },
    finding: `${name} was found`,
    meaning: `${name} means something.`,
    advice: [`do ${name}`],
  })
  const gates = [gate('A', 'warn', false), gate('B', 'fail', true), gate('C', 'fail', false)]
  const warnings = [
    { code: 'RHAT', message: 'A was found.' },
    { code: 'OTHER', message: 'Something else.' },
  ]
  const document = await documentOf(reportedRun({ draws: 10, chains: 1, summary: { gates, warnings } }))
  expect(words(document.querySelector('.verdict p'))).toMatch(/^No: a gate that must pass did not/)
  const judged = all(section(document, 'Can I use this posterior?'), '.judged > li').map(words)
  expect(judged).toEqual([
    'failedC was found. 1 of 3 shards did not pass. C means something. Do C.',
    'warningA was found. 1 of 3 shards did not pass. A means something. Do A.',
    'warningSomething else. OTHER',
  ])
})

test.each([
  ['unreliable (the combination was not verified)', 'bad', /^No: the combination was not verified\.$/],
  ['approximate (0.12 sd: consensus)', 'warn', /^Yes, as an approximation: no mean .* more than 0\.12 posterior standard deviations/],
  ['exact', 'good', /^Yes/],
  // A gate that the verdict names by its code is said in words.
  ['unreliable (RHAT of shard 0; chance)', 'bad', /^No: the chains disagree; chance\. See below/],
])('the verdict %s is explained', async (verdict, tone, said) => {
  const { verification, gates } = reportedRun().summary!
  const failed = { ...gates![0]!, passed: !verdict.includes('RHAT'), meaning: 'the chains disagree: they are apart' }
  const summary = { verification: { ...verification, verdict }, gates: [failed] }
  const document = await documentOf(reportedRun({ draws: 10, chains: 1, summary }))
  expect(words(document.querySelector(`.verdict.${tone} p`))).toMatch(said)
})

test('the Monte Carlo error stands beside the verdict, in shares of a standard deviation', async () => {
  // 0.02 of 1.01.
  expect(words(verdictOf(await REPORT))).toContain("the standard error of a mean is at most 1.980 % of the parameter's standard deviation.")
})

test('a Monte Carlo error larger than a standard deviation is said in words', async () => {
  const document = await documentOf(reportedRun({ draws: 10, chains: 1, summary: { parameters: rowsFor(['mu'], { mcseMean: 3.03 }) } }))
  expect(words(verdictOf(document))).toContain("is up to 3 times the parameter's standard deviation: means are not known.")
})

test('names of parameters in advice stay as they are', async () => {
  const gate = { ...reportedRun().summary!.gates![0]!, passed: false, advice: ['tau spreads', 'run longer'] }
  const document = await documentOf(reportedRun({ draws: 10, chains: 1, summary: { gates: [gate] } }))
  expect(all(document, '.judged ul > li').map(words)).toEqual(['tau spreads.', 'Run longer.'])
})

test('colours of chains are told beside the figures, also without scripts', async () => {
  for (const heading of ['Marginal densities', 'Traces and ranks', 'Effective draws and autocorrelation'])
    expect(all(section(await REPORT, heading), '.keyed').map(words)).toEqual(['0', '1', '2', '3'])
})

test('logarithmic axes have plain numbers', async () => {
  const run = reportedRun({ sites: [site('mu'), site('tau')], shift: (_, __, element) => (element === 1 ? 4.5 : 0) })
  const parameters = run.record!.plan.parameters.map(own => (own.name === 'tau' ? { ...own, support: 'positive' as const } : own))
  const document = await documentOf({ ...run, record: { ...run.record!, plan: { ...run.record!.plan, parameters } } })
  const ticks = all(section(document, 'Divergences'), 'figure svg text').map(words)
  expect(ticks).toContain('1')
  for (const tick of ticks) expect(tick).not.toMatch(/\d[mkµ]$/)
})

test('predictions that could not be computed are missing, with the reason, and not warned of as well', async () => {
  const why = 'too large'
  const run: ReportedRun = {
    ...reportedRun({ draws: 10, chains: 1, summary: { warnings: [{ code: 'NOT_PREDICTED', message: why }] } }),
    findPredictions: async kind => ({ predictions: undefined, missing: kind === 'predictive' ? [{ what: 'predictive draws', why }] : [] }),
  }
  const document = await documentOf(run)
  expect(words(section(document, 'What is missing'))).toContain('1 part of the run is not there or could not be read')
  expect(words(section(document, 'What is missing'))).toContain('predictive draws: too large')
  expect(words(section(document, 'Can I use this posterior?'))).not.toContain('NOT_PREDICTED')
})

test('the table has the numbers of the summary, with the digits that its spread allows', async () => {
  const document = await REPORT
  const rows = rowsOf(document.querySelector('table.parameters')!)
  expect(rows.map(([name]) => name)).toEqual(['mu', 'tau', 'theta[1]', 'theta[2]'])
  expect(rows[0]!.slice(1)).toEqual(['0.12', '1.010', '0.02000', '-1.60', '0.10', '1.70', '2,345', '1,234', '1.002'])
})

test('every figure is an image with a name and a description, drawn, and with its numbers in a table', async () => {
  const document = await documentOf(reportedRun({ shards: 3 }))
  const small = new Set(all(document, 'details.shard figure'))
  const figures = all(document, 'figure').filter(figure => !small.has(figure))
  expect(figures.length).toBeGreaterThan(30)
  for (const figure of figures) {
    const svg = figure.querySelector('svg')!
    expect(svg.getAttribute('role')).toBe('img')
    for (const id of svg.getAttribute('aria-labelledby')!.split(' ')) expect(words(figure.querySelector(`#${id}`))).not.toBe('')
    expect(all(svg, 'path, rect, line, circle').length).toBeGreaterThan(2)
    expect(rowsOf(figure).length).toBeGreaterThan(0)
    expect(figure.outerHTML).not.toMatch(/NaN|undefined|\[object/)
  }
})

test('the density has the quantiles of the draws', async () => {
  const draws = Float64Array.from((await drawsOf(RUN, 0)).flatMap(chain => [...chain]))
  const figure = figureNamed(await REPORT, 'mu')
  expect(words(figure.querySelector('desc'))).toContain(`the median is ${shortNumber(quantile(draws, 0.5))}`)
  for (const [value, , share] of rowsOf(figure)) {
    const below = draws.filter(draw => draw < Number(value!.replace('−', '-'))).length / draws.length
    expect(Math.abs(100 * below - Number.parseFloat(share!))).toBeLessThan(0.5)
  }
  expect(words(figure.querySelector('.note'))).toBe('Its prior is flat.')
  expect(figureNamed(await REPORT, 'tau').querySelector('.note')).toBeNull()
})

describe('the prior beside the density', () => {
  const draws = Float64Array.from({ length: 1000 }, (_, i) => -4 + (8 * (i + 0.5)) / 1000)
  const report = documentOf(reportedRun({ prior: { sites: [site('tau')], values: draws } }))

  test('is a dashed line with its name in words, and a column of the table', async () => {
    const figure = figureNamed(await report, 'tau')
    expect(figure.querySelector('svg path[stroke-dasharray], svg [stroke-dasharray] path')).not.toBeNull()
    expect(words(figure.querySelector('.note'))).toBe('Dashed: the prior.')
    expect(words(figure.querySelector('desc'))).toContain('Dashed: its prior.')
    expect(all(figure, 'thead th').map(words)).toEqual(['value', 'density', 'share below', 'prior density'])
    // Uniform from -4 to 4; the posterior is well inside.
    for (const [, , , density] of rowsOf(figure)) expect(Number(density)).toBeCloseTo(1 / 8, 2)
    expect(words(section(await report, 'Marginal densities'))).toContain('The dashed line is the prior.')
  })

  test('is left out where there is none', async () => {
    const figure = figureNamed(await report, 'theta[1]')
    expect([figure.querySelector('.note'), figure.outerHTML.includes('dasharray')]).toEqual([null, false])
    expect(all(figure, 'thead th').map(words)).toEqual(['value', 'density', 'share below'])
    expect(words(section(await REPORT, 'Marginal densities'))).not.toContain('dashed')
  })

  test('that there is none is explained', async () => {
    const explained = async (run: ReportedRun) => words(section(await documentOf(run), 'Marginal densities'))
    expect(await explained(RUN)).toContain('No prior stands beside it: that of mu is flat')
    const proper = reportedRun({ draws: 50, flat: '' })
    expect(await explained(proper)).toContain('No prior stands beside it: the run has no draws of it.')
    const plan = { ...proper.record!.plan, fixed: { nu: 3 } }
    expect(await explained({ ...proper, record: { ...proper.record!, plan } })).toMatch(
      /only where it does not depend on fixed values, here of nu\./,
    )
  })
})

test('the table behind a trace has the means of tenths, by chain', async () => {
  const [first] = await drawsOf(RUN, 1)
  const rows = rowsOf(figureNamed(await REPORT, 'Trace of tau'))
  expect(rows).toHaveLength(10)
  expect(rows[2]![1]).toBe(shortNumber(first!.subarray(80, 120).reduce((a, b) => a + b, 0) / 40))
})

test('a chain that is elsewhere is seen in its ranks, and said', async () => {
  const document = await documentOf(reportedRun({ shift: (chain, _, element) => (chain === 2 && element === 0 ? 1 : 0) }))
  expect(words(figureNamed(document, 'Ranks of mu').querySelector('.note'))).toMatch(/^Chains? .*2.* leaves? the band/)
  expect(words(figureNamed(document, 'Ranks of tau').querySelector('.note'))).toMatch(/^Inside the band/)
})

test('all divergences are drawn, and the scalar that separates them is named', async () => {
  // Every fifth draw diverges: they are far off in tau.
  const run = reportedRun({ draws: 3000, shift: (_, draw, element) => (element === 1 && draw % 5 === 0 ? -4 : 0) })
  const document = await documentOf(run)
  const divergent = section(document, 'Divergences')
  expect(words(divergent)).toContain('2,400 draws of 12,000 diverged (crosses)')
  const [figure] = all(divergent, 'figure')
  expect(words(figure!.querySelector('.note'))).toMatch(
    /^Shown for: divergent draws are [45]\.\d standard deviations from the others in tau/,
  )
  expect(figure!.querySelector('.divergent')!.getAttribute('d')!.match(/M/g)).toHaveLength(2400)
  const cloud = figure!.querySelector('.cloud')!.getAttribute('d')!.match(/M/g)!
  expect(cloud.length).toBeGreaterThan(900)
  expect(cloud.length).toBeLessThanOrEqual(1000)
})

test('the forest has the quantiles of every shard, and influence is what the combiner reports', async () => {
  const shards = [0, 1, 2].map(shard => ({ shard, influence: 0.25 + shard / 8, leaveOneOut: shard + 0.5 }))
  const run = reportedRun({ shards: 3, summary: { diagnostics: { shards } } })
  const document = await documentOf(run)
  const rows = rowsOf(figureNamed(document, 'mu by shard'))
  const set = await run.shard(1)
  const own: number[] = []
  for (const { values } of set.chains)
    for await (const block of values.blocks()) for (let at = 0; at < block.length; at += 4) own.push(block[at]!)
  expect(rows[1]).toEqual(['1', ...[0.05, 0.25, 0.5, 0.75, 0.95].map(p => shortNumber(quantile(Float64Array.from(own), p)))])
  const table = all(section(document, 'Shards'), 'table').at(-1)!
  expect(rowsOf(table).map(row => row.slice(10, 12))).toEqual([
    ['0.2500', '0.5000'],
    ['0.3750', '1.500'],
    ['0.5000', '2.500'],
  ])
  expect(words(section(document, 'Traces and ranks'))).toContain('Chains of shard 2 of 3: its largest R-hat, 1.002')
})

test('every combination of the run stands beside the others', async () => {
  const run = reportedRun({ shards: 2 })
  const other = { ...run.summary!, parameters: rowsFor(['mu', 'tau'], { q50: 9.5 }) }
  const document = await documentOf(run, {
    ...HISTORY,
    combinations: [
      { combiner: 'consensus', summary: run.summary! },
      { combiner: 'gaussian', summary: other },
    ],
  })
  expect(rowsOf(figureNamed(document, 'mu by combiner')).map(row => [row[0], row[4]])).toEqual([
    ['consensus', '0.1000'],
    ['gaussian', '9.500'],
  ])
})

test('the timeline has queue, warm-up, sampling and every attempt', async () => {
  const rows = rowsOf(figureNamed(await REPORT, 'Attempts by time'))
  expect(rows).toEqual([
    ['sample-0000-0', '1', '5.0 s', '–', '–', '3.0 s', 'CHORALE_TASK_MEMORY: no memory', 'n1'],
    ['sample-0000-0', '2', '–', '4.0 s', '5.5 s', '10 s', 'completed', 'n2'],
  ])
})

test('what batch jobs asked for and used stands under it', async () => {
  const cost = {
    scheduler: 'slurm',
    kinds: [
      {
        kind: 'sample',
        jobs: 4,
        coreHours: { held: 2, used: 1.5 },
        memory: { asked: 4e9, largest: 1.234e9 },
        walltime: { asked: null, longest: 50 },
      },
    ],
    suggestions: ['memoryPerJob: 1.5GB would do'],
  }
  const timeline = section(await documentOf(reportedRun({ draws: 10, chains: 1 }), { ...HISTORY, cost }), 'Timeline')
  expect(rowsOf(all(timeline, 'table').at(-1)!)).toEqual([['sample', '4', '2', '1.500', '4 GB', '1.230 GB', '–', '50 s']])
  expect(words(timeline)).toContain('memoryPerJob: 1.5GB would do')
})

test('it says how to get the run again', async () => {
  const reproduce = section(await REPORT, 'To get this run again')
  expect(words(reproduce.querySelector('pre'))).toBe(
    'npm install chorale@0.1.0 @chorale/report@0.1.0 @chorale/backend-pbs@0.3.0 npx chorale run npx chorale report latest',
  )
  expect(JSON.parse(all(reproduce, 'pre').at(-1)!.textContent)).toEqual({ model: './model.mjs', sampling: { chains: 4, seed: 42 } })
})

test('of ten thousand parameters most have a row, said how many, and the worst have figures, in less than 2 MB', async () => {
  const sites = [site('a name of usual length', [10_000])]
  const parameters = { ...rowsFor(Array.from({ length: 10_000 }, (_, k) => `a name of usual length[${k + 1}]`)) }
  parameters['a name of usual length[4711]'] = { ...parameters['a name of usual length[1]']!, rhat: 1.5 }
  const { page } = await reportPage(reportedRun({ sites, draws: 20, chains: 2, summary: { parameters } }), HISTORY)
  expect(page.length).toBeLessThan(2 * MEGABYTE)
  expect(page.match(/>a name of usual length\[\d+\]<td>/g)).toHaveLength(8000)
  expect(page).toMatch(/The first 8,000 of 10,000 parameters; all of them: <code>chorale show/)
  expect(page).toContain('Figures are of the 9 worst of 10,000 scalars by R-hat and effective sample size.')
  expect(page).toContain('<figcaption>Trace of a name of usual length[4711]</figcaption>')
})

test('of a million draws some are shown, and that is said', async () => {
  const { page } = await reportPage(reportedRun({ sites: [site('mu')], draws: 250_000, statistics: false }), HISTORY)
  expect(page.length).toBeLessThan(MEGABYTE / 2)
  expect(words(section(parsed(page), 'Marginal densities'))).toContain('Of every 50th draw.')
  expect(words(section(parsed(page), 'Effective draws and autocorrelation'))).toContain(
    'counted from every 50th draw: all draws together are worth more',
  )
})
