/** Removes from a bundle the file names that the bundler leaves in it: the same code must have the same digest wherever it lies. */

const escapeForPattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * esbuild writes the path of every input, relative to the working folder, as a comment line before its code, and as the key of the wrapper of a
 * CommonJS module. Both become the input's number in order of appearance.
 */
export function withoutPaths(text: string, inputs: readonly string[]): string {
  const pattern = new RegExp(`^(// |  )("?)(${inputs.map(escapeForPattern).join('|')})("?)(?=$|\\()`, 'gm')
  const numbers = new Map<string, number>()
  return text.replace(pattern, (_line: string, lead: string, open: string, path: string, close: string) => {
    if (!numbers.has(path)) numbers.set(path, numbers.size)
    return `${lead}${open}module-${numbers.get(path)}${close}`
  })
}
