import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { chorale } from './chorale-command.js'
import { blocksWith, markedBlock, page } from './pages.js'
import { expectPrinted, filesOf, projectOf, projectWith, runProject, type PrintedSummary } from './project.js'

// Seconds on a free machine; whole sampling runs on a busy one.
vi.setConfig({ testTimeout: 180_000 })

describe('the first model of README.md', () => {
  it('runs as it stands there, and the numbers there are those of a run', async () => {
    const { code, stdout, stderr } = await chorale(['run', '--json'], await projectOf('README.md', 'first-model'))
    expect(code, stderr).toBe(0)
    expectPrinted(markedBlock(page('README.md'), 'first-model: output'), JSON.parse(stdout) as PrintedSummary)
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
    const files = filesOf('docs/writing-a-model.md', 'positive')
    const folder = await projectWith({ ...files, 'model.js': files['model.js']!.replace('jacobian * 1', '0') })
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
    const folder = await projectWith({ 'plugin.mjs': text })
    const { code, stdout } = await chorale(['plugin', 'check', './plugin.mjs'], folder)
    const failed = [...stdout.matchAll(/^ +failed +(.*)$/gm)].map(match => match[1]!)
    expect(failed).toEqual(
      name === 'marginal-consensus' ? [expect.stringContaining('is right for correlated Gaussian sub-posteriors')] : [],
    )
    expect(code).toBe(failed.length === 0 ? 0 : 1)
  })
})
