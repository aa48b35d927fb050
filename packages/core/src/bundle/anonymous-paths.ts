/** Removes from a bundle the file names that the bundler leaves in it: the same code must have the same digest wherever it lies. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** The name of the code that holds the others together, which is no file. */
export const ENTRY = 'job-entry.js'

/** A comment line that may be the path of what follows. */
const HEADING = /^\/\/ (.+)$/gm
/** A key that may be the path of the CommonJS module which is its value. */
const KEY = /^ {2}"?([^\s"].*?)"?(?=\((?:exports|\)))/gm

/**
 * esbuild writes the path of every input, relative to the working `folder`, as a comment line before its code, and as the key of the wrapper of a
 * CommonJS module. Both become the input's number in order of appearance.
 */
export function withoutPaths(text: string, folder: string): string {
  const numbers = new Map<string, number>()
  const headed = text.replace(HEADING, (line: string, path: string) => {
    if (!numbers.has(path)) {
      if (path !== ENTRY && !existsSync(resolve(folder, path))) return line
      numbers.set(path, numbers.size)
    }
    return `// module-${numbers.get(path)}`
  })
  return headed.replace(KEY, (key: string, path: string) => (numbers.has(path) ? `  "module-${numbers.get(path)}"` : key))
}
