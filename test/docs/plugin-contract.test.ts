import { execFile } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blocksWith, markedBlock, page, root } from './pages.js'
import { projectWith } from './project.js'

interface Run {
  readonly code: unknown
  readonly output: string
}

/** What another test runner would see of the one that runs here must not reach it. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:VITEST|NODE_TEST_CONTEXT|NODE_V8_COVERAGE)/.test(name)),
)

const node = (args: readonly string[], folder: string): Promise<Run> =>
  new Promise(resolve => {
    execFile(process.execPath, [...args], { cwd: folder, env: { ...ENVIRONMENT, NO_COLOR: '1' } }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    )
  })

const countIn = (output: string, kind: 'pass' | 'fail'): number => Number(new RegExp(`^[#ℹ] ${kind} (\\d+)`, 'm').exec(output)?.[1])

const PAGE = page('docs/writing-a-plugin.md')
const INEXACT = 'is right for correlated Gaussian sub-posteriors'

/** The combiner of the page, which is inexact and says so, beside one of its test files. */
async function pluginWith(file: string, mark: string): Promise<string> {
  const [plugin] = blocksWith(PAGE, 'js', "name: 'marginal-consensus'")
  const folder = await projectWith({ 'plugin.mjs': plugin!, [file]: markedBlock(PAGE, mark) })
  await symlink(join(root, 'packages', 'testkit'), join(folder, 'node_modules', '@chorale', 'testkit'))
  await symlink(join(root, 'node_modules', 'vitest'), join(folder, 'node_modules', 'vitest'))
  return folder
}

describe('the contract without a test framework', () => {
  it('is kept by the plugin template, in node:test', async () => {
    const template = join(root, 'examples', 'plugin-template')
    const { code, output } = await node(['--test', '--test-reporter=tap', join('test', 'contract.test.mjs')], template)
    expect(code, output).toBe(0)
    expect(countIn(output, 'fail')).toBe(0)
    expect(countIn(output, 'pass')).toBeGreaterThan(45)
  })

  it('is looped over by node:test as the page shows it', async () => {
    const folder = await pluginWith('contract.test.mjs', 'contract: node')
    const { code, output } = await node(['--test', '--test-reporter=tap', 'contract.test.mjs'], folder)
    expect(code, output).toBe(1)
    const failed = [...output.matchAll(/^ +not ok \d+ - (.*)$/gm)].map(match => match[1])
    expect(failed, output).toEqual([INEXACT])
    expect(output).toMatch(/# SKIP declares needs\.evaluator: never/)
  })

  it('is looped over by vitest as the page shows it', async () => {
    const folder = await pluginWith('contract.test.js', 'contract: vitest')
    const { code, output } = await node(
      [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', folder, '--reporter=tap-flat'],
      folder,
    )
    expect(code, output).toBe(1)
    const failed = [...output.matchAll(/^not ok \d+ - (.*?)(?: # time=.*)?$/gm)].map(match => match[1]!.split(' > ').at(-1))
    expect(failed, output).toEqual([INEXACT])
  })
})
