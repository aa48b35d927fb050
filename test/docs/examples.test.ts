import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { chorale, folderWith } from './chorale-command.js'
import { blocksWith, markedBlock, page } from './pages.js'

// Seconds on a free machine; whole sampling runs on a busy one.
vi.setConfig({ testTimeout: 180_000 })

interface PrintedSummary {
  readonly parameters: Readonly<
    Record<string, { readonly mean: number; readonly sd: number; readonly mcseMean: number; readonly essBulk: number }>
  >
  readonly verification: { readonly verdict: string }
}

const folders: string[] = []
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

/** The project that a page shows in blocks marked `<!-- name: file -->`. */
async function projectOf(path: string, name: string): Promise<string> {
  const files = ['model.js', 'chorale.config.yaml'].map(file => [file, markedBlock(page(path), `${name}: ${file}`)] as const)
  const folder = await folderWith(Object.fromEntries(files))
  folders.push(folder)
  return folder
}

async function runProject(folder: string, ...flags: readonly string[]): Promise<PrintedSummary> {
  const { code, stdout, stderr } = await chorale(['run', '--json', ...flags], folder)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as PrintedSummary
}

/** Five standard errors of the difference of two runs: what another version of V8 may show. */
const MCSE_BOUND = 5 * Math.SQRT2

describe('the first model of README.md', () => {
  it('runs as it stands there, and the numbers there are those of a run', async () => {
    const { parameters, verification } = await runProject(await projectOf('README.md', 'first-model'))
    const output = markedBlock(page('README.md'), 'first-model: output')
    for (const [name, { mean, mcseMean }] of Object.entries(parameters)) {
      const printed = Number(new RegExp(`^${name} +(\\S+)`, 'm').exec(output)?.[1])
      expect(Math.abs(printed - mean)).toBeLessThan(MCSE_BOUND * mcseMean + 1e-3)
    }
    expect(output).toContain(`Verdict  ${verification.verdict}`)
  })
})

describe('the positive parameter of docs/writing-a-model.md', () => {
  it('has the posterior Gamma(2 + 12, 10 + 96)', async () => {
    const { parameters } = await runProject(await projectOf('docs/writing-a-model.md', 'positive'))
    const { mean, sd, mcseMean, essBulk } = parameters['rate']!
    expect(Math.abs(mean - 14 / 106)).toBeLessThan(5 * mcseMean)
    // The squares of draws that are correlated have about half the effective size; kurtosis of the Gamma: 3 + 6/14.
    expect(Math.abs(sd / (Math.sqrt(14) / 106) - 1)).toBeLessThan(5 * Math.sqrt((2 + 6 / 14) / (4 * (essBulk / 2))))
  })

  it('is refused without its Jacobian in the gradient, with the message shown there', async () => {
    const shown = page('docs/writing-a-model.md')
    const files = { 'model.js': markedBlock(shown, 'positive: model.js').replace('jacobian * 1', '0') }
    const folder = await folderWith({ ...files, 'chorale.config.yaml': markedBlock(shown, 'positive: chorale.config.yaml') })
    folders.push(folder)
    const { code, stderr } = await chorale(['run'], folder)
    expect(code).toBe(2)
    expect(stderr).toContain('CHORALE_MODEL_GRADIENT  The gradient of the model with respect to "rate" is')
  })
})

describe('docs/run-directory.md', () => {
  it('names every file of a run', async () => {
    const folder = await projectOf('docs/writing-a-model.md', 'positive')
    await runProject(folder, '--set', 'sharding.shards=2')
    const [run] = readdirSync(join(folder, 'runs'))
    const files = readdirSync(join(folder, 'runs', run!), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    const { text } = page('docs/run-directory.md')
    const typical = (name: string): string =>
      name.replace(/(?:sample|evaluate)-\d{4}-\d+/, 'sample-0000-1').replace(/^\d{4}(?=\.cols)/, '0000')
    expect([...new Set(files.map(({ name }) => typical(name)))].filter(name => !text.includes(name))).toEqual([])
  })

  it('has a reader that reads draws', async context => {
    const folder = await projectOf('README.md', 'first-model')
    await runProject(folder)
    const [run] = readdirSync(join(folder, 'runs'))
    const draws = join(folder, 'runs', run!, 'tasks', 'sample-0000-0', '001', 'draws.bin')
    const script = `${markedBlock(page('docs/run-directory.md'), 'rows-reader')}\nimport sys\ncolumns, rows = read_rows(sys.argv[1])\nprint(len(rows), *columns)`
    let printed: string
    try {
      printed = execFileSync('python3', ['-c', script, draws], { encoding: 'utf8' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return context.skip('there is no python3 here')
      throw error
    }
    expect(printed.trim()).toBe('1000 x0 x1 g0 g1')
  })
})

describe('the plugins of docs/writing-a-plugin.md', () => {
  const blocks = blocksWith(page('docs/writing-a-plugin.md'), 'js', 'apiVersion: 1').filter(block => block.includes('\n  name:'))

  it.each(blocks.map(text => [/name: '([^']+)'/.exec(text)![1]!, text]))('%s: the suite says what the page says', async (name, text) => {
    const folder = await folderWith({ 'plugin.mjs': text })
    folders.push(folder)
    const { code, stdout } = await chorale(['plugin', 'check', './plugin.mjs'], folder)
    const failed = [...stdout.matchAll(/^ +failed +(.*)$/gm)].map(match => match[1]!)
    expect(failed).toEqual(
      name === 'marginal-consensus' ? [expect.stringContaining('is right for correlated Gaussian sub-posteriors')] : [],
    )
    expect(code).toBe(failed.length === 0 ? 0 : 1)
  })
})
