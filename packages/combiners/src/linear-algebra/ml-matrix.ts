import { createRequire } from 'node:module'
import type * as Algebra from 'ml-matrix'

const require = createRequire(import.meta.url)

/** ml-matrix, loaded when a decomposition is first asked for: as a CommonJS module, which takes a sixth of the time of its ES module (10 ms against 60). */
export const algebra = (): typeof Algebra => require('ml-matrix') as typeof Algebra
