import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { markedBlock, page, root } from './pages.js'
import { filesOf, projectWith } from './project.js'

const execute = promisify(execFile)

it('the program of docs/results.md has no type error, and prints what is shown', { timeout: 180_000 }, async () => {
  const shown = page('docs/results.md')
  const folder = await projectWith({
    ...filesOf('README.md', 'first-model'),
    'read.mjs': markedBlock(shown, 'reading: read\\.mjs'),
    'package.json': '{ "type": "module" }',
  })
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const flags = '--noEmit --allowJs --checkJs --strict --skipLibCheck --target es2023 --module nodenext --types node'.split(' ')
  const typeRoots = ['--typeRoots', join(root, 'node_modules', '@types')]
  const checked = await execute(process.execPath, [compiler, ...flags, ...typeRoots, 'read.mjs'], { cwd: folder }).catch(error => error)
  expect(checked.stdout).toBe('')
  const { stdout } = await execute(process.execPath, ['read.mjs'], { cwd: folder })
  expect(stdout.trim()).toBe(markedBlock(shown, 'reading: output').trim())
})
