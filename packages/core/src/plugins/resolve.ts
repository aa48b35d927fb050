import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * How a specifier resolves from a folder: a file URL; `absent`; `unreachable` (installed, but its `exports` hide it from us); or `broken` (installed,
 * but the file that its package.json names is not there).
 */
export type Resolution = { readonly url: string } | 'absent' | 'unreachable' | 'broken'

export const isPath = (specifier: string): boolean =>
  specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('file:')

/**
 * Resolves a package name or path from the folder of the settings file, never from ours: under pnpm a user's package is invisible to us.
 * `require` resolution is used because `import.meta.resolve` has no parent argument; a package's `exports` therefore needs `default`.
 */
export function resolvePlugin(specifier: string, folder: string): Resolution {
  if (isPath(specifier)) {
    const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(folder, specifier)
    return existsSync(path) ? { url: pathToFileURL(path).href } : 'absent'
  }
  const found = packageFolder(specifier, folder)
  if (found === undefined) return 'absent'
  try {
    return { url: pathToFileURL(createRequire(join(folder, 'noop.js')).resolve(specifier)).href }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return 'unreachable'
    return existsSync(join(found, 'package.json')) ? 'broken' : 'absent'
  }
}

/**
 * Where a package is installed for this folder. Node would also look into NODE_PATH, which pnpm's command shims fill with all packages of the command
 * itself: what a name means must not depend on how we were started.
 */
function packageFolder(specifier: string, folder: string): string | undefined {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  for (let at = resolve(folder); ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name)
    if (existsSync(candidate)) return candidate
    if (at === dirname(at)) return undefined
  }
}
