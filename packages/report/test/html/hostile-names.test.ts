import { expect, test } from 'vitest'

import { escaped, html, jsonForScript } from '../../src/html/markup.js'
import { reportPage } from '../../src/html/report-page.js'
import { site } from '../memory-run.js'
import { all, parsed, rowsOf, words } from './page-parts.js'
import { HISTORY, reportedRun } from './reported-runs.js'

const EVIL = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "</script></svg></title><b>'&amp;",
  '</style>]]>-->',
  'θ[1] 群 α̂',
  '__proto__',
]

test('text is escaped in templates, markup is not', () => {
  expect(html`<p title="${'"<&\''}">${'<b>'}${html`<i>${1}</i>`}${undefined}${false}${['a', html`<br />`]}</p>`.text).toBe(
    '<p title="&quot;&lt;&amp;&#39;">&lt;b&gt;<i>1</i>a<br /></p>',
  )
  expect(escaped('a\u0000\u202eb\ud800c')).toBe('a\ufffd\ufffdb\ufffdc')
  expect(jsonForScript({ a: '</script><!--' }).text).toBe('{"a":"\\u003c/script>\\u003c!--"}')
})

test('names of any kind are shown as they are, everywhere, and none becomes markup', async () => {
  const sites = EVIL.map(name => site(name))
  const [evil] = EVIL
  const run = reportedRun({ sites, shards: 2, summary: { warnings: [{ code: 'X', message: EVIL[1]! }] } })
  const history = {
    ...HISTORY,
    attempts: HISTORY.attempts.map(attempt => ({ ...attempt, host: evil!, reason: EVIL[1]! })),
    combinations: [
      { combiner: EVIL[2]!, summary: run.summary! },
      { combiner: 'x', summary: run.summary! },
    ],
  }
  const { page } = await reportPage({ ...run, id: evil! }, history)
  const document = parsed(page)
  expect(all(document, 'script')).toHaveLength(2)
  expect([...all(document, 'img'), ...all(document, 'b'), ...all(document, '[onerror]')]).toEqual([])
  expect(words(document.querySelector('h1'))).toBe(`Run ${evil}`)
  expect(rowsOf(document.querySelector('table.parameters')!).map(([name]) => name)).toEqual(EVIL)
  const captions = all(document, 'figcaption').map(words)
  for (const name of EVIL) expect(captions).toContain(name)
  for (const svg of all(document, 'svg')) expect(words(svg.querySelector('title')) || svg.getAttribute('aria-label')).toBeTruthy()
  const parameters = all(document, 'figure').flatMap(figure => JSON.parse(figure.getAttribute('data-parameters')!) as string[])
  expect(new Set(parameters)).toEqual(new Set(EVIL))
})
