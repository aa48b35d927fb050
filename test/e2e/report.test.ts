import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { chorale, REPOSITORY, start } from './command.js'
import { choraleHere } from './command-here.js'
import { folderWith } from './project.js'
import { onlyRun, runsOf, summaryOf } from './run-files.js'

const NAME = '<img src=x onerror=alert(1)>'

/** y ~ Normal(mu, sigma); the third parameter has a name of its own and is known from its prior alone. */
const MODEL = `
export default {
  rows: 'independent',
  dataNames: ['y'],
  bind(data) {
    const y = data.column('y')
    const n = y.length
    const sum = y.reduce((a, b) => a + b, 0)
    const squares = y.reduce((a, b) => a + b * b, 0)
    return {
      parameters: [
        { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
        { name: 'sigma', shape: [], support: 'positive', scope: 'global', offset: 1, size: 1 },
        { name: '${NAME}', shape: [2], support: 'real', scope: 'global', offset: 2, size: 2 },
      ],
      dimension: 4,
      logDensityInto(g, [mu, s, a, b], { prior, likelihood, jacobian }) {
        const v = Math.exp(-2 * s)
        const r = squares - 2 * mu * sum + n * mu * mu
        g[0] = -prior * mu / 100 + likelihood * v * (sum - n * mu)
        g[1] = -prior * s + likelihood * (v * r - n) + 0 * jacobian
        g[2] = -prior * a
        g[3] = -prior * b
        return -0.5 * prior * (mu * mu / 100 + s * s + a * a + b * b) - likelihood * (n * s + 0.5 * v * r)
      },
      constrainInto: (values, [mu, s, a, b]) => values.set([mu, Math.exp(s), a, b]),
      unconstrainInto: (position, [mu, sigma, a, b]) => position.set([mu, Math.log(sigma), a, b]),
    }
  },
}
`

const SETTINGS = `
model: ./model.mjs
data: { path: data.csv }
sharding: { shards: 4 }
backend: cpu
sampling: { chains: 2, warmup: 150, draws: 200 }
combination: consensus
`

let project: ReturnType<typeof folderWith>
let run: string

beforeAll(async () => {
  project = folderWith({
    'model.mjs': MODEL,
    'data.csv': `y\n${Array.from({ length: 800 }, (_, i) => 1 + 1.4 * Math.sin(12.9898 * i)).join('\n')}\n`,
    'chorale.config.yaml': SETTINGS,
  })
  await choraleHere(project, 'run')
  run = onlyRun(project)
})
afterAll(() => project.dispose())

/** A copy of the run that a test may damage. */
function copied(name: string): string {
  const copy = join(project.folder, 'copies', name)
  cpSync(run, copy, { recursive: true })
  return copy
}

const reportOf = async (path: string, command = choraleHere) => {
  const ended = await command(project, 'report', path)
  return { ...ended, page: existsSync(join(path, 'report.html')) ? readFileSync(join(path, 'report.html'), 'utf8') : '' }
}

const textOf = (page: string): string =>
  page
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
const verdictOf = (page: string): string =>
  textOf(page.slice(page.indexOf('<div class="verdict'), page.indexOf('</div>', page.indexOf('<div class="verdict'))))

test('a run has its report: one file, in its folder, with the verdict of the run first', async () => {
  const { code, stdout, stderr, page } = await reportOf(run)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/report\.html: \d+ kB\n$/)
  expect(page.length).toBeLessThan(1.5 * 1024 * 1024)
  expect(verdictOf(page)).toContain(`Verdict of the run: ${summaryOf(run).verification.verdict}`)
  expect(page).not.toContain('<img')
  expect(page).not.toMatch(/(?:src|href)="(?!#)/)
  for (const heading of ['Parameters', 'Marginal densities', 'Traces and ranks', 'Divergences', 'Shards', 'Combiners', 'Timeline'])
    expect(page).toContain(`>${heading}</h2>`)
  const { mean, sd } = summaryOf(run).parameters['mu']!
  expect(page).toContain(`<td>${mean.toFixed(2 - Math.floor(Math.log10(sd)))}`)
})

test('--out names another file, --json says where it is', async () => {
  const { code, stdout } = await chorale(project, 'report', 'latest', '--out', 'elsewhere.html', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual({ path: 'elsewhere.html', bytes: expect.any(Number), missing: [] })
  expect(readFileSync(join(project.folder, 'elsewhere.html'), 'utf8')).toContain('Can I use this posterior?')
})

test('a run without summary says so first, and shows the chains that there are', async () => {
  const copy = copied('unfinished')
  rmSync(join(copy, 'summary.json'))
  rmSync(join(copy, 'accepted', 'sample-0001-1.json'))
  const { code, stderr, page } = await reportOf(copy)
  expect(code).toBe(0)
  expect(verdictOf(page)).toMatch(/No: the run did not come to its end\. 7 of 8 chains are finished\..*chorale run --resume/)
  expect(stderr).toContain('chain 1 of shard 1: it is not finished')
  expect(textOf(page)).toContain('chain 1 of shard 1 : it is not finished')
  expect(page).toContain('>Shards</h2>')
})

test('a damaged shard is named, the rest is shown, and no code is loaded, whatever is in the folder', async () => {
  const copy = copied('damaged')
  for (const path of ['node_modules/@chorale/report/index.js', 'chorale.config.mjs']) {
    const bait = folderWith({ [path]: 'process.exit(66)' })
    cpSync(bait.folder, copy, { recursive: true })
    bait.dispose()
  }
  writeFileSync(
    join(copy, 'node_modules/@chorale/report/package.json'),
    '{"name":"@chorale/report","type":"module","exports":{".":{"default":"./index.js"}}}',
  )
  for (const digest of readdirSync(join(copy, 'code'))) writeFileSync(join(copy, 'code', digest, 'job.mjs'), 'process.exit(66)')
  for (const name of readdirSync(join(copy, 'values')).filter(file => file.startsWith('sample-0002') && file.endsWith('.bin'))) {
    const file = join(copy, 'values', name)
    writeFileSync(file, readFileSync(file).subarray(0, 300))
  }
  for (const chain of [0, 1]) {
    const file = join(copy, 'tasks', `sample-0002-${chain}`, '001', 'draws.bin')
    writeFileSync(file, readFileSync(file).fill(0, 400, 420))
  }
  const { code, page } = await reportOf(copy, chorale)
  expect(code).toBe(0)
  expect(textOf(page)).toMatch(/What is missing .*chain 0 of shard 2/)
  expect(textOf(page)).toContain('in 3 shards')
})

test('a plan of a newer version is named, and the summary is shown', async () => {
  const copy = copied('newer')
  const plan = join(copy, 'run.json')
  writeFileSync(plan, readFileSync(plan, 'utf8').replace(/"format": ?1/, '"format": 2'))
  const { code, page } = await reportOf(copy)
  expect(code).toBe(0)
  expect(textOf(page)).toMatch(/What is missing .*run\.json : .*has format 2, written by a newer Chorale/)
  expect(page).toContain(`<td>${summaryOf(run).parameters['mu']!.sd.toFixed(2)}`.slice(0, 5))
})

test('the settings of the report give the same draws again', async () => {
  const { page } = await reportOf(run)
  const [, settings = ''] = /Settings, all of them<\/summary>\s*<pre[^>]*><code>([\s\S]*?)<\/code>/.exec(page) ?? []
  const again = folderWith({
    'model.mjs': MODEL,
    'data.csv': readFileSync(join(project.folder, 'data.csv')),
    'chorale.config.json': settings
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&'),
  })
  const { code, stderr } = await choraleHere(again, 'run')
  expect({ code, stderr }).toMatchObject({ code: expect.any(Number) })
  expect(summaryOf(runsOf(again)[0]!).parameters).toEqual(summaryOf(run).parameters)
  again.dispose()
})

test('without @chorale/report the command says what to install, and show works', async () => {
  const cli = (...args: readonly string[]) =>
    start(process.execPath, [join(REPOSITORY, 'packages', 'cli', 'bin', 'chorale.js'), ...args], project).ended
  const report = await cli('report', 'latest')
  expect(report.code).toBe(2)
  expect(report.stderr).toMatch(/CHORALE_REPORT_NOT_INSTALLED[\s\S]*npm install @chorale\/report/)
  expect((await cli('export', 'latest', '--format', 'json')).stderr).toContain('CHORALE_REPORT_NOT_INSTALLED')
  const shown = await cli('show', 'latest', 'mu')
  expect({ code: shown.code, stdout: shown.stdout }).toEqual({ code: 0, stdout: expect.stringContaining('mu\n') })
})
