/** Settings files where they plainly are and with what they plainly say: cosmiconfig and what it needs take longer to load than these take to read. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Whether cosmiconfig would read options of its own in the current folder, where it looks for them: more places to search, for one. */
function hasOptionsOfCosmiconfig(): boolean {
  if (existsSync('.config') || existsSync('package.yaml')) return true
  try {
    return readFileSync('package.json', 'utf8').includes('cosmiconfig')
  } catch {
    return existsSync('package.json')
  }
}

/** The first of these files in a folder; undefined where there is none, and where cosmiconfig must say. */
export function plainlyFound(folder: string, files: readonly string[]): string | undefined {
  const first = files.map(file => join(folder, file)).find(path => existsSync(path))
  return first !== undefined && !hasOptionsOfCosmiconfig() && statSync(first).isFile() ? first : undefined
}

/** Parses the text of a file. */
type Parse = (file: string, text: string) => unknown

/** What a data file says; undefined where cosmiconfig must say: for files without content or with `$import`, and for what is wrong. */
export function plainContent(file: string, parse: Parse): unknown {
  if (basename(file) === 'package.json' || hasOptionsOfCosmiconfig()) return undefined
  try {
    const content = parse(file, readFileSync(file, 'utf8'))
    return typeof content === 'object' && content !== null && !Object.hasOwn(content, '$import') ? content : undefined
  } catch {
    return undefined
  }
}
