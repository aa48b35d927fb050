/** Removes from a bundle the file names that the bundler leaves in it: the same code must have the same digest wherever it lies. */

/** Where the path of an input may stand: a comment line, or a key up to the parameters of the function that it names. */
const PLACES = /^(\/\/ | {2})("?)([^\s"].*?)("?)(?=$|\((?:exports|\)))/gm

/**
 * esbuild writes the path of every input, relative to the working folder, as a comment line before its code, and as the key of the wrapper of a
 * CommonJS module. Both become the input's number in order of appearance.
 */
export function withoutPaths(text: string, inputs: readonly string[]): string {
  const known = new Set(inputs)
  const numbers = new Map<string, number>()
  return text.replace(PLACES, (whole: string, lead: string, open: string, path: string, close: string) => {
    if (!known.has(path)) return whole
    if (!numbers.has(path)) numbers.set(path, numbers.size)
    return `${lead}${open}module-${numbers.get(path)}${close}`
  })
}
