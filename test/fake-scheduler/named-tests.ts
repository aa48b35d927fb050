import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** File of the repository, and the name of a test in it. */
export type NamedTest = readonly [path: string, name: string]

export const LIFE = 'packages/backend-pbs/test/life.test.ts'
export const LOOKS = 'packages/backend-pbs/test/looks.test.ts'
export const SUBMISSION = 'packages/backend-pbs/test/submission.test.ts'
export const CORE = 'packages/core/test/batch'

export const source = (path: string): Promise<string> => readFile(join(import.meta.dirname, '..', '..', path), 'utf8').catch(() => '')

/** Those that were renamed, or are gone. */
export async function missingTests(tests: readonly NamedTest[]): Promise<readonly string[]> {
  const texts = await Promise.all(tests.map(([path]) => source(path)))
  return tests.flatMap(([path, name], i) => (texts[i]!.includes(name) ? [] : [`${path}: ${name}`]))
}
