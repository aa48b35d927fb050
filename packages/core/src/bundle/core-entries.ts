/** Where this copy of core lies: the same below `src` and below `dist`. */
import { fileURLToPath } from 'node:url'

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

const entry = (name: string): string => fileURLToPath(new URL(`../${name}/index.${extension}`, import.meta.url))

/** Specifiers that everything in a bundle gets from this copy of core, so that there is one of each in it. */
export const CORE_ENTRIES: Readonly<Record<string, string>> = {
  '@chorale/core/contracts': entry('contracts'),
  '@chorale/core/job': entry('job'),
}
