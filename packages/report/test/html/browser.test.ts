import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { reportPage } from '../../src/html/report-page.js'
import type { ReportedGate } from '../../src/index.js'
import { site } from '../memory-run.js'
import { HISTORY, reportedRun } from './reported-runs.js'

const CHROMIUM = process.env['CHORALE_TEST_CHROMIUM'] ?? '/usr/bin/chromium'
const installed = existsSync(CHROMIUM)
if (!installed)
  console.warn(`The tests of reports in a browser are skipped: there is no ${CHROMIUM}; CHORALE_TEST_CHROMIUM names another one.`)

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const FAILED_GATE: ReportedGate = {
  gate: 'RHAT',
  passed: false,
  level: 'fail',
  measured: 1.3,
  limit: 1.01,
  bound: 'at most',
  shards: { failed: 1, judged: 2 },
  finding: 'R-hat 1.300 of mu exceeds 1.01',
  meaning: 'Chains disagree.',
  advice: ['run longer', 'look at chain 1'],
}

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

describe.skipIf(!installed)('in a browser', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'chorale-report-'))
  const file = join(folder, 'report.html')
  /** One of each kind of figure. */
  const small = join(folder, 'small.html')
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    const sites = [site('mu'), site('tau<b>"'), site('theta', [230])]
    // The first parameters have figures of their own; every draw of the third chain is elsewhere in one.
    const run = reportedRun({ sites, shards: 3, draws: 200, shift: (chain, _, element) => (chain === 2 && element === 0 ? 2 : 0) })
    writeFileSync(file, (await reportPage(run, HISTORY)).page)
    const gates = { gates: [FAILED_GATE, ...reportedRun().summary!.gates!] }
    writeFileSync(
      small,
      (await reportPage(reportedRun({ sites: [site('mu'), site('tau')], shards: 2, chains: 2, draws: 100, summary: gates }), HISTORY)).page,
    )
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })
  afterEach(async () => {
    await page?.close()
    expect(complaints.splice(0)).toEqual([])
  })

  /** The report, opened anew: what the browser says of it, and whatever it asks for, is a complaint. */
  async function opened(options: Parameters<Browser['newPage']>[0] = {}, path = file): Promise<Page> {
    page = await browser.newPage(options)
    page.on('console', message => complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(error.message))
    page.on('request', request => {
      if (request.url() !== pathToFileURL(path).href) complaints.push(request.url())
    })
    await page.goto(pathToFileURL(path).href)
    return page
  }

  test.each([
    ['light', {}],
    // Nothing else differs.
    ['dark', { runOnly: ['color-contrast'] }],
  ] as const)('axe finds nothing wrong with it: %s', async (colorScheme, rules) => {
    const report = await opened({ colorScheme, viewport: { width: 900, height: 900 } }, small)
    await report.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    await report.evaluate(AXE)
    const { violations } = (await report.evaluate(`axe.run(${JSON.stringify(rules)})`)) as { readonly violations: readonly Violation[] }
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}: ${nodes[0]!.failureSummary}`)).toEqual([])
  })

  test('nothing is wider than a window, narrow or wide', async () => {
    const report = await opened()
    for (const width of [400, 900, 1400]) {
      await report.setViewportSize({ width, height: 800 })
      expect(await report.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    }
  })

  test('figures, tables and headings are there without scripts, the controls are not', async () => {
    const report = await opened({ javaScriptEnabled: false })
    expect(await report.getByRole('img').count()).toBeGreaterThan(30)
    expect(await report.getByRole('heading', { level: 2 }).first().textContent()).toBe('Can I use this posterior?')
    expect(await report.getByRole('table', { name: 'Parameters 1 to 200' }).getByRole('row').count()).toBe(201)
    expect(await report.getByRole('searchbox').isVisible()).toBe(false)
  })

  test('the parameter filter works by keyboard', async () => {
    const report = await opened()
    await report.getByRole('searchbox').focus()
    await report.keyboard.type('THETA[230]')
    expect(await report.locator('#filtered').textContent()).toBe('1 of 232 parameters')
    expect(await report.locator('table.parameters tbody tr:visible th').allTextContents()).toEqual(['theta[230]'])
    expect(await report.locator('figure:visible figcaption').allTextContents()).not.toContain('mu')
    for (let k = 0; k < 10; k++) await report.keyboard.press('Backspace')
    await report.keyboard.type('mu')
    expect(new Set(await report.locator('figure[data-parameters*="mu"]:visible figcaption').allTextContents())).toContain('Trace of mu')
    expect(await report.locator('figure:visible figcaption').allTextContents()).not.toContain('Trace of theta[1]')
  })

  test('chains are hidden and shown again by keyboard', async () => {
    const report = await opened()
    const lines = report.locator('figure[data-parameters*="mu"] svg .chain-1')
    const before = await lines.locator('visible=true').count()
    expect(before).toBeGreaterThan(1)
    await report.getByRole('checkbox', { name: '1' }).focus()
    await report.keyboard.press('Space')
    expect(await lines.locator('visible=true').count()).toBe(0)
    await report.keyboard.press('Space')
    expect(await lines.locator('visible=true').count()).toBe(before)
  })

  test('arrow keys read a figure out, row by row of its table', async () => {
    const report = await opened()
    const figure = report.locator('figure').first()
    await figure.locator('svg').focus()
    await report.keyboard.press('ArrowRight')
    await report.keyboard.press('ArrowRight')
    const cells = await figure.locator('tbody tr').nth(1).locator('th, td').allTextContents()
    const read = await figure.locator('output').textContent()
    expect(read).toBe(`value ${cells[0]}, density ${cells[1]}, share below ${cells[2]}`)
    expect(await figure.locator('circle.mark').count()).toBe(1)
    await report.keyboard.press('Escape')
    expect(await figure.locator('output').textContent()).toBe('')
  })

  test('a table is sorted by its headings, by keyboard', async () => {
    const report = await opened()
    const table = report.getByRole('table', { name: 'Shards' })
    const column = () => table.locator('tbody tr').evaluateAll(rows => rows.map(row => row.querySelectorAll('td')[6]!.textContent))
    const [first] = [await column()]
    await table.getByRole('button', { name: 'R-hat' }).focus()
    await report.keyboard.press('Enter')
    expect(await table.getByRole('columnheader', { name: 'R-hat' }).getAttribute('aria-sort')).toBe('descending')
    expect(await column()).toEqual([...first!].reverse())
    await report.keyboard.press('Enter')
    expect(await column()).toEqual(first)
  })
})
