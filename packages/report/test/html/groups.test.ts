import { expect, test } from 'vitest'

import { reportPage } from '../../src/html/report-page.js'
import type { ReportedRun } from '../../src/index.js'
import { figureNamed, parsed, rowsOf, section, words } from './page-parts.js'
import { HISTORY, reportedRun, rowsFor } from './reported-runs.js'

/** Medians of the groups run against their numbers. */
function grouped(groups: number): ReportedRun {
  const run = reportedRun({ shards: 2, chains: 1, draws: 10 })
  const names = Array.from({ length: groups }, (_, k) => `theta[${k + 1}]`)
  const rows = Object.fromEntries(names.map((name, k) => [name, rowsFor([name], { q5: -k - 1, q50: -k, q95: -k + 1 })[name]!]))
  const { plan } = run.record!
  const parameters = [
    ...plan.parameters.filter(({ name }) => name !== 'theta'),
    { name: 'theta', support: 'real', scope: 'local' } as const,
  ]
  return {
    ...run,
    record: { ...run.record!, plan: { ...plan, parameters } },
    summary: { ...run.summary!, parameters: { ...rowsFor(['mu']), ...rows } },
  }
}

test("of shards' own parameters the groups stand in the order of their medians, with their intervals", async () => {
  const document = parsed((await reportPage(grouped(5), HISTORY)).page)
  expect(rowsOf(figureNamed(document, 'theta by group'))).toEqual(
    [4, 3, 2, 1, 0].map(k => [`theta[${k + 1}]`, -k - 1, -k, -k + 1].map(String)),
  )
  expect(words(section(document, 'Groups'))).toContain('in the order of the medians')
})

test('of many groups some are drawn, and that is said', async () => {
  const figure = figureNamed(parsed((await reportPage(grouped(500), HISTORY)).page), 'theta by group')
  expect(rowsOf(figure)).toHaveLength(60)
  expect(words(figure.querySelector('.note'))).toBe('60 of 500 groups, evenly spaced by their medians; the table of parameters has all.')
})

test('where all parameters are shared there are no groups', async () => {
  expect((await reportPage(reportedRun({ draws: 10, chains: 1 }), HISTORY)).page).not.toContain('id="groups"')
})
