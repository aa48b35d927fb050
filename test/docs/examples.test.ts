import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { chorale } from './chorale-command.js'
import { blocksWith, markedBlock, page, root } from './pages.js'
import { expectPrinted, filesOf, projectOf, projectWith, runProject, starterProject, type PrintedSummary } from './project.js'

// Seconds on a free machine; whole sampling runs on a busy one.
vi.setConfig({ testTimeout: 180_000 })

describe('the first model of README.md', () => {
  it('is what chorale init writes', async () => {
    const folder = await starterProject()
    const shown = filesOf('README.md', 'first-model')
    expect(Object.keys(shown)).toEqual(['model.js', 'chorale.config.yaml'])
    for (const [name, text] of Object.entries(shown)) expect(readFileSync(join(folder, name), 'utf8')).toBe(text)
  })

  it('runs as it stands there, and the numbers there are those of a run', async () => {
    const { code, stdout, stderr } = await chorale(['run', '--json'], await starterProject())
    expect(code, stderr).toBe(0)
    expectPrinted(markedBlock(page('README.md'), 'first-model: output'), JSON.parse(stdout) as PrintedSummary)
  })

  it('has the same draws in TypeScript, without a type error', async () => {
    const folder = await starterProject('--typescript')
    const types = ['--typeRoots', join(root, 'node_modules', '@types'), '--types', 'node']
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023', '--module', 'nodenext', ...types]
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const { status, stdout } = spawnSync(process.execPath, [compiler, ...flags, 'model.ts', 'chorale.config.ts'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(status, stdout).toBe(0)
    const [typed, plain] = [await runProject(folder), await runProject(await starterProject())]
    expect(typed.parameters).toEqual(plain.parameters)
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
    const folder = await starterProject()
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
  const shown = page('docs/writing-a-plugin.md')
  const whole = blocksWith(shown, 'js', 'apiVersion: 1').filter(block => block.includes('\n  name:'))
  // A backend is tried for a minute: it is only run.
  const blocks = whole.filter(block => !block.includes('liveBackend'))

  it.each(blocks.map(text => [/name: '([^']+)'/.exec(text)![1]!, text]))('%s: the suite says what the page says', async (name, text) => {
    const folder = await projectWith({ 'plugin.mjs': text })
    const { code, stdout } = await chorale(['plugin', 'check', './plugin.mjs'], folder)
    const failed = [...stdout.matchAll(/^ +failed +(.*)$/gm)].map(match => match[1]!)
    expect(failed).toEqual(
      name === 'marginal-consensus' ? [expect.stringContaining('is right for correlated Gaussian sub-posteriors')] : [],
    )
    expect(code).toBe(failed.length === 0 ? 0 : 1)
  })

  it('tasks in child processes: the draws are those of cpu', async () => {
    const model = filesOf('docs/writing-a-model.md', 'positive')
    const files = Object.fromEntries(['backend.mjs', 'child.mjs'].map(name => [name, markedBlock(shown, `processes: ${name}`)]))
    const folder = await projectWith({ ...model, ...files })
    const there = await runProject(folder, '--set', 'plugins=[./backend.mjs]', '--set', 'backend.name=child-processes')
    const here = await runProject(folder, '--set', 'backend.name=cpu')
    expect(there.parameters).toEqual(here.parameters)
  })
})
