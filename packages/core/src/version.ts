import { createRequire } from 'node:module'

/** The version of this package: all packages of Chorale carry the same one. */
export const VERSION: string = (createRequire(import.meta.url)('../package.json') as { readonly version: string }).version
