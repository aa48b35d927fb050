import type { BuiltinPlugin } from '@chorale/core'

/** The packages that come with `chorale`. Each is loaded when one of its names is first asked for; bundlers see the literal imports. */
export const builtins: readonly BuiltinPlugin[] = [
  { package: '@chorale/backend-cpu', url: import.meta.resolve('@chorale/backend-cpu'), load: () => import('@chorale/backend-cpu') },
  { package: '@chorale/backend-pjit', url: import.meta.resolve('@chorale/backend-pjit'), load: () => import('@chorale/backend-pjit') },
  {
    package: '@chorale/backend-workers',
    url: import.meta.resolve('@chorale/backend-workers'),
    load: () => import('@chorale/backend-workers'),
  },
  { package: '@chorale/combiners', url: import.meta.resolve('@chorale/combiners'), load: () => import('@chorale/combiners') },
  { package: '@chorale/data', url: import.meta.resolve('@chorale/data'), load: () => import('@chorale/data') },
  { package: '@chorale/sampler', url: import.meta.resolve('@chorale/sampler'), load: () => import('@chorale/sampler') },
]
