import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const execute = promisify(execFile)
const home = join(import.meta.dirname, '..')

let folder: string

/** A user's folder with the files that the README shows. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chorale-readme-'))
  const text = await readFile(join(home, 'README.md'), 'utf8')
  for (const [, name, code] of text.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)) await writeFile(join(folder, name!), code!)
  await mkdir(join(folder, 'node_modules'))
  await symlink(home, join(folder, 'node_modules', 'chorale'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await writeFile(join(folder, 'points.csv'), `x,y\n${POINTS.map(({ x, y }) => `${x},${y}`).join('\n')}\n`)
})
afterAll(() => rm(folder, { recursive: true }))

const POINTS = Array.from({ length: 300 }, (_, i) => ({ x: i / 100, y: 1 + 2 * (i / 100) + Math.sin(i * i) }))

/** The posterior mean of a straight line with known noise: (X'X + I/100)^-1 X'y. */
function closedForm(): { readonly a: number; readonly b: number } {
  const sum = (term: (point: { x: number; y: number }) => number): number => POINTS.reduce((total, point) => total + term(point), 0)
  const [n, sx, sxx] = [POINTS.length + 0.01, sum(({ x }) => x), sum(({ x }) => x * x) + 0.01]
  const [sy, sxy] = [sum(({ y }) => y), sum(({ x, y }) => x * y)]
  const determinant = n * sxx - sx * sx
  return { a: (sxx * sy - sx * sxy) / determinant, b: (n * sxy - sx * sy) / determinant }
}

it('the first model and its settings run as they are printed, and give the right line', async () => {
  const { stdout } = await execute(process.execPath, [join(home, 'bin', 'chorale.js'), 'run', '--json'], { cwd: folder })
  const { parameters } = JSON.parse(stdout) as { readonly parameters: Record<string, { readonly mean: number; readonly mcseMean: number }> }
  for (const [name, expected] of Object.entries(closedForm())) {
    const { mean, mcseMean } = parameters[name]!
    expect(Math.abs(mean - expected)).toBeLessThan(4 * mcseMean)
  }
})

it('the program runs as it is printed, and gives the same line', async () => {
  await copyFile(join(folder, 'script.ts'), join(folder, 'script.mjs'))
  const { stdout } = await execute(process.execPath, ['script.mjs'], { cwd: folder })
  const printed = (name: string): number => Number(new RegExp(`\\b${name}: ([\\d.]+)`).exec(stdout)?.[1])
  expect(Math.abs(printed('mean') - closedForm().b)).toBeLessThan(4 * printed('mcseMean'))
  expect(stdout).toContain('exact')
})
