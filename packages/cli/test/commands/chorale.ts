import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

import type { BuiltinPlugin } from '@chorale/core'
import { vi } from 'vitest'

import { main } from '../../src/main.js'

const packages = join(import.meta.dirname, '..', '..', '..')

const builtin = (name: string, load: BuiltinPlugin['load']): BuiltinPlugin => ({
  package: `@chorale/${name}`,
  url: pathToFileURL(join(packages, name, 'src', 'index.ts')).href,
  load,
})

const BUILTINS = [
  builtin('backend-cpu', () => import('@chorale/backend-cpu')),
  builtin('combiners', () => import('@chorale/combiners')),
  builtin('data', () => import('@chorale/data')),
  builtin('sampler', () => import('@chorale/sampler')),
]

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The command in this process, with the sources of the packages. */
export async function chorale(...args: readonly string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map(name =>
    vi.spyOn(process[name], 'write').mockImplementation(text => {
      written[name] += String(text)
      return true
    }),
  )
  try {
    return { code: await main(args, { builtins: BUILTINS }), ...written }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
