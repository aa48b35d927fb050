import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

interface Violation {
  readonly from: string
  readonly rule: { readonly name: string }
}

/** One file that breaks one rule, in a workspace where everything else is as it should be. */
const planted: readonly { readonly rule: string; readonly file: string; readonly source: string }[] = [
  { rule: 'contracts-import-nothing', file: 'core/src/contracts/node.ts', source: "import 'node:fs'" },
  { rule: 'contracts-import-nothing', file: 'core/src/contracts/random.ts', source: "import type { x } from '@chorale/random'" },
  { rule: 'contracts-import-nothing', file: 'core/src/contracts/rest.ts', source: "import '../clock.js'" },
  { rule: 'random-imports-nothing', file: 'random/src/node.ts', source: "import 'node:crypto'" },
  { rule: 'diagnostics-are-pure', file: 'diagnostics/src/node.ts', source: "import 'node:fs'" },
  { rule: 'diagnostics-arrows', file: 'diagnostics/src/core.ts', source: "import '@chorale/core'" },
  { rule: 'core-arrows', file: 'core/src/sampler.ts', source: "import '@chorale/sampler'" },
  { rule: 'cli-arrows', file: 'cli/src/sampler.ts', source: "import '@chorale/sampler'" },
  { rule: 'sampler-arrows', file: 'sampler/src/core.ts', source: "import type { x } from '@chorale/core'" },
  { rule: 'sampler-arrows', file: 'sampler/src/job.ts', source: "import '@chorale/core/job'" },
  { rule: 'backend-x-arrows', file: 'backend-x/src/sibling.ts', source: "import '@chorale/sampler'" },
  { rule: 'backend-x-lists-what-it-imports', file: 'backend-x/src/unlisted.ts', source: "import '@chorale/diagnostics'" },
  { rule: 'no-unlisted-npm', file: 'sampler/src/npm.ts', source: "import 'hoisted'" },
  { rule: 'no-dev-dependency', file: 'sampler/src/dev.ts', source: "import 'developing'" },
  { rule: 'no-unresolvable', file: 'sampler/src/nowhere.ts', source: "import 'not-installed'" },
  { rule: 'no-path-into-another-package', file: 'sampler/src/path.ts', source: "import '../../random/dist/index.js'" },
  { rule: 'no-path-into-sources', file: 'sampler/test/path.test.ts', source: "import '../../random/src/index.js'" },
  { rule: 'one-composition-root', file: 'core/src/container.ts', source: "import 'tsyringe'" },
  { rule: 'one-composition-root', file: 'core/src/metadata.ts', source: "import 'reflect-metadata'" },
  { rule: 'one-process-starter', file: 'core/src/shell.ts', source: "import 'execa'" },
  { rule: 'job-stays-small', file: 'core/src/job/far.ts', source: "import '../schema.js'" },
  { rule: 'no-circular', file: 'core/src/circle.ts', source: "import './other-half.js'" },
]

/** What is allowed, so that a rule that forbids everything fails too. */
const allowed: Readonly<Record<string, string>> = {
  'core/src/index.ts': "import '@chorale/random'; import './contracts/index.js'; import 'node:fs'; import 'zod'",
  'core/src/contracts/index.ts': "import './json.js'",
  'core/src/contracts/json.ts': 'export const x = 1',
  'core/src/clock.ts': 'export const x = 1',
  'core/src/composition.ts': "import 'tsyringe'; import 'reflect-metadata'",
  'core/src/exec.ts': "import 'execa'",
  'core/src/schema.ts': "import 'zod'",
  'core/src/job/index.ts': "import '../contracts/index.js'; import '@chorale/random'; import 'node:fs'",
  'core/src/other-half.ts': "import './circle.js'",
  'core/src/half.ts': "import type { x } from './half-of-types.js'",
  'core/src/half-of-types.ts': "import type { x } from './half.js'",
  'random/src/index.ts': "import './key.js'",
  'random/src/key.ts': 'export const x = 1',
  'diagnostics/src/index.ts': "import 'ml-matrix'; import '@chorale/core/contracts'",
  'sampler/src/index.ts':
    "import { x } from '@chorale/core/contracts'; import '@chorale/random'; import '@chorale/diagnostics'; import 'node:fs'",
  'sampler/test/index.test.ts': "import '@chorale/core'; import 'hoisted'; import '../src/index.js'",
  'backend-x/src/index.ts': "import '@chorale/core/contracts'",
  'cli/src/index.ts': "import '@chorale/core'; import '@chorale/core/contracts'",
  'chorale/src/index.ts': "import '@chorale/core'; import '@chorale/cli'; import '@chorale/sampler'",
  'chorale/bin/chorale.js': "import '../dist/bin.js'",
}

/** By package: what its package.json lists. `dev:` marks a devDependency. */
const packages: Readonly<Record<string, readonly string[]>> = {
  core: ['@chorale/random', '@chorale/sampler', 'zod', 'tsyringe', 'reflect-metadata', 'execa'],
  random: [],
  diagnostics: ['@chorale/core', 'ml-matrix'],
  sampler: ['@chorale/core', '@chorale/random', '@chorale/diagnostics', 'dev:developing'],
  'backend-x': ['@chorale/core', '@chorale/sampler'],
  cli: ['@chorale/core', '@chorale/sampler'],
  chorale: ['@chorale/core', '@chorale/cli', '@chorale/sampler'],
}

const fullName = (name: string) => (name === 'chorale' ? name : `@chorale/${name}`)

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

async function layOut(folder: string, built: boolean): Promise<void> {
  await write(join(folder, 'package.json'), JSON.stringify({ name: 'workspace', private: true, devDependencies: { hoisted: '*' } }))
  for (const name of ['zod', 'tsyringe', 'reflect-metadata', 'execa', 'ml-matrix', 'hoisted', 'developing']) {
    await write(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name, exports: { import: './index.js' } }))
    await write(join(folder, 'node_modules', name, 'index.js'), 'export {}')
  }
  for (const [name, listed] of Object.entries(packages)) {
    const at = join(folder, 'packages', name)
    const range = (kind: boolean) =>
      Object.fromEntries(listed.filter(other => other.startsWith('dev:') === kind).map(other => [other.replace('dev:', ''), '*']))
    const exports = Object.fromEntries(
      ['', '/contracts', '/job'].map(subpath => [
        `.${subpath}`,
        { types: `./dist${subpath}/index.d.ts`, default: `./dist${subpath}/index.js` },
      ]),
    )
    const manifest = { name: fullName(name), type: 'module', exports, dependencies: range(false), devDependencies: range(true) }
    await write(join(at, 'package.json'), JSON.stringify(manifest))
    for (const file of built ? ['index.js', 'contracts/index.js', 'job/index.js', 'bin.js'] : [])
      await write(join(at, 'dist', file), 'export {}')
    // Every package is linked everywhere: a layout that hides what is not listed must not be what makes the rules hold.
    await mkdir(join(at, 'node_modules', '@chorale'), { recursive: true })
    for (const other of Object.keys(packages)) {
      if (other !== name) await symlink(join('..', '..', '..', other), join(at, 'node_modules', '@chorale', other), 'dir')
    }
  }
  for (const [file, source] of [...Object.entries(allowed), ...planted.map(({ file, source }) => [file, source] as const)]) {
    await write(join(folder, 'packages', file), source)
  }
}

async function violationsIn(folder: string): Promise<readonly Violation[]> {
  const cli = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs')
  const args = [cli, '--config', join(root, '.dependency-cruiser.mjs'), '--output-type', 'json', 'packages']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26 })
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations
}

describe.each([
  { state: 'after a build', built: true },
  { state: 'before a build', built: false },
])('import direction $state', ({ built }) => {
  let folder = ''
  let violations: readonly Violation[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorale-imports-'))
    await layOut(folder, built)
    violations = await violationsIn(folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const rulesBrokenBy = (file: string) => violations.filter(({ from }) => from === `packages/${file}`).map(({ rule }) => rule.name)

  it.each(planted)('$rule: $file is refused', ({ rule, file }) => {
    if (rule === 'no-path-into-another-package' && !built) expect(rulesBrokenBy(file)).toEqual(['no-unresolvable'])
    else expect(rulesBrokenBy(file)).toContain(rule)
  })

  it('files that keep to the arrows pass', () => {
    const innocent = Object.keys(allowed).filter(file => file !== 'core/src/other-half.ts')
    expect(innocent.flatMap(file => rulesBrokenBy(file).map(rule => `${file}: ${rule}`))).toEqual([])
  })
})
