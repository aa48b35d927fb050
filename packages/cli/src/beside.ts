import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

import { KNOWN_NAMES, type BuiltinPlugin } from '@chorale/core/plugins'

import type { CliOptions } from './main.js'

const require = createRequire(import.meta.url)

function urlBeside(name: string): string | undefined {
  try {
    return pathToFileURL(require.resolve(name)).href
  } catch {
    return undefined
  }
}

const known = [...new Set(KNOWN_NAMES.map(entry => entry.package))]

/**
 * Our packages that are installed beside this one. A settings file cannot see those of a global installation or of `npx`. Of two packages that have a
 * command of the same name npm links the one whose path sorts first, so under npm this one also runs for those who installed `chorale`.
 */
export function packagesBeside(): CliOptions {
  const builtins = known.flatMap((name): readonly BuiltinPlugin[] => {
    const url = urlBeside(name)
    return url === undefined ? [] : [{ package: name, url, load: () => import(url) }]
  })
  const testkit = urlBeside('@chorale/testkit')
  return {
    builtins,
    ...(testkit === undefined ? {} : { loadTestkit: () => import(testkit) }),
  }
}
