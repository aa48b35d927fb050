import type { BuiltinPlugin } from '@chorale/core/plugins'

/** Where it lies is looked up when it is asked for: many commands do not. */
const builtin = (name: string, load: BuiltinPlugin['load']): BuiltinPlugin => ({
  package: name,
  get url() {
    return import.meta.resolve(name)
  },
  load,
})

/** The packages that come with `chorale`. Each is loaded when one of its names is first asked for; bundlers see the literal imports. */
export const builtins: readonly BuiltinPlugin[] = [
  builtin('@chorale/backend-cpu', () => import('@chorale/backend-cpu')),
  builtin('@chorale/backend-pjit', () => import('@chorale/backend-pjit')),
  builtin('@chorale/backend-workers', () => import('@chorale/backend-workers')),
  builtin('@chorale/combiners', () => import('@chorale/combiners')),
  builtin('@chorale/data', () => import('@chorale/data')),
  builtin('@chorale/sampler', () => import('@chorale/sampler')),
]
