import { rm } from 'node:fs/promises'
import { afterAll, expect } from 'vitest'
import { choraleHere } from '../e2e/command-here.js'
import { folderWith } from './chorale-command.js'
import { blockIfMarked, page } from './pages.js'

export interface PrintedSummary {
  readonly parameters: Readonly<
    Record<string, { readonly mean: number; readonly sd: number; readonly mcseMean: number; readonly essBulk: number }>
  >
  readonly verification: { readonly verdict: string }
}

const folders: string[] = []
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

/** A folder with these files that goes when the test file ends. */
export async function projectWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await folderWith(files)
  folders.push(folder)
  return folder
}

const FILES = ['model.js', 'chorale.config.yaml', 'predict.js']

/** Files that a page shows in blocks marked `<!-- name: file -->`. What an example does not show itself it has from the one named `like`. */
export function filesOf(path: string, name: string, like: string = name): Readonly<Record<string, string>> {
  const shown = FILES.flatMap(file => {
    const text = blockIfMarked(page(path), `${name}: ${file}`) ?? blockIfMarked(page(path), `${like}: ${file}`)
    return text === undefined ? [] : [[file, text] as const]
  })
  return Object.fromEntries(shown)
}

export const projectOf = (path: string, name: string, like?: string): Promise<string> => projectWith(filesOf(path, name, like))

/** What `chorale init` writes, in a folder in which our packages are installed. */
export async function starterProject(...flags: readonly string[]): Promise<string> {
  const folder = await projectWith({})
  const { code, stderr } = await choraleHere({ folder }, 'init', ...flags)
  expect(code, stderr).toBe(0)
  return folder
}

export async function runProject(folder: string, ...flags: readonly string[]): Promise<PrintedSummary> {
  const { code, stdout, stderr } = await choraleHere({ folder }, 'run', '--json', ...flags)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as PrintedSummary
}

/** Five standard errors of the difference of two runs: what another version of V8 may show. */
const MCSE_BOUND = 5 * Math.SQRT2

/** The table of a page is that of a run, up to Monte Carlo error. */
export function expectPrinted(output: string, { parameters, verification }: PrintedSummary): void {
  for (const [name, { mean, mcseMean }] of Object.entries(parameters)) {
    const printed = Number(new RegExp(`^${name.replaceAll(/[[\]]/g, '\\$&')} +(\\S+)`, 'm').exec(output)?.[1])
    expect(Math.abs(printed - mean), name).toBeLessThan(MCSE_BOUND * mcseMean + 1e-3)
  }
  expect(output).toContain(`Verdict  ${verification.verdict}`)
}
