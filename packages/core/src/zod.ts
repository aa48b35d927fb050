import type { z } from 'zod'

import { library } from './library.js'

export type Zod = typeof z

/** The library of our schemas: what is plainly valid is known without it, and it takes longer to load than a short run takes to sample. */
export const zod = (): Zod => library<{ readonly z: Zod }>('zod').z

/** A schema that is made when it is first asked for. */
export function onFirstUse<S>(make: (z: Zod) => S): () => S {
  let made: S | undefined
  return () => (made ??= make(zod()))
}
